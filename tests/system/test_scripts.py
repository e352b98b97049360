# SPDX-License-Identifier: Apache-2.0
"""The scripts that install, build and test: the product builds without packages that only tests need, and the
output of a failed step is shown whole."""
import os
import shutil

from lab import TOP, check, sh

BROKEN = ['first line of the cause', *(f'line {i} of the cause' for i in range(2, 200)), 'end of the cause']


def tree(lab, name):
    """Returns a copy of the sources, without build directory and driver headers."""
    path = os.path.join(lab.dir, name)
    files = sh('git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard', cwd=TOP).stdout
    for file in filter(None, files.split('\0')):
        if os.path.exists(os.path.join(TOP, file)):
            os.makedirs(os.path.dirname(os.path.join(path, file)), exist_ok=True)
            shutil.copy(os.path.join(TOP, file), os.path.join(path, file))
    return path


def hidden(mounts, *argv, cwd, timeout=240):
    """Runs a command that sees other files in place of these: {where: file or folder}."""
    script = ''.join(f'mount --bind {there} {where} || exit 99\n' for where, there in mounts.items())
    return sh('unshare', '--mount', 'sh', '-c', script + 'exec "$@"', 'sh', *argv, ok=False, cwd=cwd,
              timeout=timeout)


def stub(lab, program, status=3):
    """Returns a program that prints much and fails."""
    path = os.path.join(lab.dir, f'broken-{program}')
    with open(path, 'w') as f:
        f.write('#!/bin/sh\ncat <<END\n' + '\n'.join(BROKEN) + f'\nEND\nexit {status}\n')
    os.chmod(path, 0o755)
    return {shutil.which(program, path='/usr/bin:/usr/sbin'): path}


def without_cmocka(lab):
    empty, nothing = os.path.join(lab.dir, 'empty'), os.path.join(lab.dir, 'nothing')
    os.makedirs(empty)
    open(nothing, 'w').close()
    pc = sh('pkg-config', '--variable=pcfiledir', 'cmocka').stdout.strip()
    mounts = {os.path.join(pc, 'cmocka.pc'): nothing}
    cmake = os.path.join(os.path.dirname(pc), 'cmake/cmocka')
    if os.path.exists(cmake):
        mounts[cmake] = empty
    return mounts


def test_product_builds_without_cmocka(lab):
    mounts = without_cmocka(lab)
    for option, found, works in (('disabled', 0, True), ('auto', 0, True), ('enabled', 0, False)):
        build = os.path.join(lab.dir, option)
        r = hidden(mounts, 'meson', 'setup', build, f'-Dtests={option}', cwd=TOP)
        check((r.returncode == 0) == works, f'-Dtests={option}: exit {r.returncode}\n{r.stdout}{r.stderr}')
        check(works or 'cmocka' in r.stdout + r.stderr, f'-Dtests={option}: the cause:\n{r.stdout}')
        if works:
            steps = sh('ninja', '-C', build, '-n').stdout  # ./run --mlx5 asks for what is in tests/mlx5emu
            check('target control/tandemd' in steps, 'the product')
            check('tests/' not in steps, f'-Dtests={option}: tests without cmocka')


def test_product_builds_without_rdma_core(lab):
    """The option mlx5 leaves the driver out (what the program then says: tests/unit/control/test_offload_driver.c)."""
    for option, has in (('disabled', False), ('enabled', True)):
        build = os.path.join(lab.dir, option)
        sh('meson', 'setup', build, f'-Dmlx5={option}', '-Dmlx5emu=disabled', '-Dtests=disabled', cwd=TOP, timeout=240)
        steps = sh('ninja', '-C', build, '-n', 'control/tandemd').stdout
        check('target control/tandemd' in steps, 'the product')
        check(('tandem_mlx5' in steps) == has, f'-Dmlx5={option}: the driver')


def shown_whole(what, r):
    out = r.stdout + r.stderr
    check(r.returncode not in (0, 99), f'{what}: exit {r.returncode}\n{out}')
    missing = [line for line in BROKEN if f'{line}\n' not in out]
    check(not missing, f'{what}: {len(missing)} of {len(BROKEN)} lines of the cause were swallowed:\n{out}')


def test_failing_step_is_shown_whole(lab):
    copy = tree(lab, 'tree')
    shutil.copytree(os.path.join(TOP, '.deps'), os.path.join(copy, '.deps'))
    for script, *program in ((['./run'], 'meson'), (['./test', 'lint'], 'meson'), (['tests/fuzz/run', '1'], 'meson'),
                             (['./test', 'coverage'], 'gcovr')):
        shown_whole(f'{script} without {program[0]}', hidden(stub(lab, *program), *script, cwd=copy))
    # These count as configured, so that the next step runs.
    for build in ('plain', 'fuzz'):
        os.makedirs(os.path.join(copy, 'build', build))
        open(os.path.join(copy, 'build', build, 'build.ninja'), 'w').close()
    shown_whole('./run without ninja', hidden(stub(lab, 'ninja'), './run', cwd=copy))
    quiet_meson = os.path.join(lab.dir, 'quiet-meson')
    shutil.copy('/bin/true', quiet_meson)
    mounts = {**stub(lab, 'ninja'), '/usr/bin/meson': quiet_meson}
    shown_whole('./test without ninja', hidden(mounts, './test', 'lint', cwd=copy))


def policy():
    """Decides whether packages start their services at installation; None: they do."""
    path = '/usr/sbin/policy-rc.d'
    if not os.path.exists(path):
        return None
    with open(path) as f:
        return f.read()


def test_failing_installation_is_shown_whole(lab):
    before, copy = policy(), tree(lab, 'tree')
    r = hidden(stub(lab, 'apt-get'), 'tools/setup', cwd=copy)
    shown_whole('the source package', r)
    check('dpdk=' in r.stderr, f'what failed: {r.stderr}')
    nothing_installed = os.path.join(lab.dir, 'dpkg-query')
    shutil.copy('/bin/true', nothing_installed)
    mounts = {**stub(lab, 'apt-get'), '/usr/bin/dpkg-query': nothing_installed}
    for script in (['tools/setup'], ['tools/setup', '--fresh'], ['./run'], ['./test', 'lint']):
        shown_whole(f'{script}', hidden(mounts, *script, cwd=copy))
    check(policy() == before, f'/usr/sbin/policy-rc.d was {before}, is {policy()}')
