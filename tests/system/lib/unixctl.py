# SPDX-License-Identifier: Apache-2.0
"""The control socket of a daemon with ovs-appctl's protocol (JSON-RPC), on one connection: a call takes a
fraction of a millisecond, a process several."""
import json
import socket

from lab import Failed


class Closed(Failed):
    """The daemon ended, or closed its socket."""


class Unixctl:
    def __init__(self, path, seconds=30):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(seconds)
        self.socket.connect(path)
        self.decoder, self.text, self.serial = json.JSONDecoder(), '', 0

    def close(self):
        self.socket.close()

    def reply(self):
        while True:
            try:
                value, end = self.decoder.raw_decode(self.text)
                self.text = self.text[end:].lstrip()
                return value
            except ValueError:
                try:
                    data = self.socket.recv(1 << 20)
                except ConnectionResetError:
                    data = b''
                if not data:
                    raise Closed('the daemon closed its control socket') from None
                self.text += data.decode()

    def __call__(self, method, *params):
        """Returns the text that the command prints; raises Failed if it answers with an error."""
        self.serial += 1
        request = {'method': method, 'params': list(params), 'id': self.serial}
        try:
            self.socket.sendall(json.dumps(request).encode())
        except BrokenPipeError:
            raise Closed('the daemon closed its control socket') from None
        reply = self.reply()
        if reply.get('error') is not None:
            raise Failed(f'{method} {" ".join(params)}: {reply["error"]}')
        return reply['result'] or ''
