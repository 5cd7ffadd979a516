"""Starts one command from a small process and writes down what it cost.

Linux counts the size of the process that started a command as part of the command's own peak, so a measuring process
that has grown would hide the peaks of all that it measures.
"""

import os
import sys

if __name__ == "__main__":
    usage_file, *command = sys.argv[1:]
    process = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    with open(usage_file, "w") as file:  # noqa: PTH123 (pathlib would make this process larger)
        file.write(f"{usage.ru_utime + usage.ru_stime} {usage.ru_maxrss}")
    sys.exit(os.waitstatus_to_exitcode(status) % 256)
