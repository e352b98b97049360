# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For the scripts that build and test. To be sourced.

# Runs a command whose output matters only if it fails. Then the output is shown whole, with the command,
# its exit status and a hint that says what to do next. Returns the command's status.
quiet() { # HINT COMMAND...
	local hint=$1 output rc=0
	shift
	output=$("$@" 2>&1) || rc=$?
	[ $rc -eq 0 ] || printf '%s\n%s: "%s" ended with status %s. %s\n' "$output" "${0##*/}" "$*" $rc "$hint" >&2
	return $rc
}
