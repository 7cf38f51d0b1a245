"""Listens on the addresses given (`0.0.0.0:80`, `[::]:80`) in the background; ends when all is listening."""

import os
import signal
import socket
import sys

listeners = []
for text in sys.argv[1:]:
    host, port = text.rsplit(":", 1)
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.bind((host.strip("[]"), int(port)))
    listener.listen(4096)
    listeners.append(listener)
if os.fork() == 0:
    os.setsid()
    quiet = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(quiet, descriptor)
    signal.pause()
