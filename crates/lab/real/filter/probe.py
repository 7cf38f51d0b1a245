"""Sends connections from any address over the wire to the staged host, and tells how each fares.

A line of JSON in, a line of JSON out:

    {"listen": ["0.0.0.0:80", "[::]:80"]}                 -> {}
    {"probe": [["104.16.0.1", "203.0.113.10", 443], ...]} -> {"fates": [["accepted"], ...]}

Fates: `accepted` (the handshake is done and data was acknowledged), `half` (answered, but data is not
acknowledged), `reset`, `cut` (reset after an answer), `unreachable TYPE CODE` (an ICMP error), `silence`.
A fate may end with `neighbour`: the host did not say where it is when asked as a router asks (IPv6).

Packets are made here, so that the sender's address need not be anybody's. Nothing waits for time to pass:
what a wire of one kernel carries is worked off in order by the processor that sent it, so when a frame on
another wire comes through, all that was sent before it has been dealt with; what that gave rise to has been
after the next such frame, and so on.
"""

import ctypes
import json
import os
import socket
import struct
import sys

ROUTER = bytes.fromhex("020000000001")
HOST = bytes.fromhex("020000000002")
# As its hardware address makes it, which is how routers ask for their neighbours.
ROUTER_V6 = "fe80::ff:fe00:1"
# Frames on the fence without news until all is quiet: more than there are hops and questions for
# neighbours on the way to a container and back.
QUIET = 16
SOL_PACKET, PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING = 263, 15, 23
SO_RCVBUFFORCE, CLONE_NEWNET = 33, 0x40000000
SYN, RST, PSH, ACK = 2, 4, 8, 16
DATA = b"GET / HTTP/1.0\r\n\r\n"


def opened(interface, protocol):
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    opened.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
    opened.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    opened.bind((interface, protocol))
    return opened


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    return 0xFFFF - int.from_bytes(data, "big") % 0xFFFF


def address(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def ip(source, target, protocol, payload, hops=64):
    """An Ethernet frame with an IP packet, from the router to the host."""
    if len(source) == 4:
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0x4000, hops, protocol, 0, source, target)
        head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
        return HOST + ROUTER + b"\x08\x00" + head + payload
    head = struct.pack("!IHBB16s16s", 0x60000000, len(payload), protocol, hops, source, target)
    return HOST + ROUTER + b"\x86\xdd" + head + payload


def unsummed(source, target, segment):
    """A frame with a TCP segment as a host's own program sends it: the sum is left to the device."""
    pseudo = 0xFFFF - checksum(source + target + struct.pack("!II", 6, len(segment)))
    start = 34 if len(source) == 4 else 54
    # A head of virtio_net: the sum begins at `start`, and stands 16 bytes behind.
    head = struct.pack("=BBHHHH", 1, 0, 0, 0, start, 16)
    return head + ip(source, target, 6, segment[:16] + struct.pack("!H", pseudo) + segment[18:])


def summed(source, target, protocol, payload, at):
    pseudo = source + target + struct.pack("!II", protocol, len(payload))
    return payload[:at] + struct.pack("!H", checksum(pseudo + payload)) + payload[at + 2 :]


class Probe:
    def __init__(self, source, target, port, own):
        self.source, self.target, self.port, self.own = address(source), address(target), port, own
        self.sequence, self.theirs = 0x10000000 + own, 0
        self.fate, self.answered, self.sent = ["silence"], False, False

    def segment(self, flags, data=b""):
        options = struct.pack("!BBH", 2, 4, 1400) if flags == SYN else b""
        head = struct.pack(
            "!HHIIBBHHH", self.own, self.port, self.sequence, self.theirs if flags & ACK else 0,
            (5 + len(options) // 4) << 4, flags, 64240, 0, 0,
        )
        return unsummed(self.source, self.target, head + options + data)


class Prober:
    def __init__(self, host):
        self.libc = ctypes.CDLL(None, use_errno=True)
        os.sched_setaffinity(0, {self.libc.sched_getcpu()})
        self.wire = opened("wire", 3)
        self.wire.setblocking(False)
        self.out = opened("wire", 0)
        self.out.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        self.fence_in, self.fence_out = opened("fence0", 0), opened("fence1", 0x88B5)
        self.fence_out.settimeout(5)
        self.count, self.own, self.listeners = 0, 20000, []
        self.here, self.there = os.open("/proc/self/ns/net", os.O_RDONLY), os.open(f"/proc/{host}/ns/net", os.O_RDONLY)
        self.neighbour = False

    def listen(self, where):
        """Listens in the host's network on exactly these addresses."""
        for listener in self.listeners:
            listener.close()
        self.listeners = []
        if self.libc.setns(self.there, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "enter the host's network")
        try:
            for text in where:
                host, port = text.rsplit(":", 1)
                # `*:80` takes both families, as many programs do.
                family = socket.AF_INET6 if host[0] in "[*" else socket.AF_INET
                listener = socket.socket(family, socket.SOCK_STREAM)
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if host == "*" else 1)
                listener.bind(("::" if host == "*" else host.strip("[]"), int(port)))
                listener.listen(65535)
                listener.setblocking(False)
                self.listeners.append(listener)
        finally:
            if self.libc.setns(self.here, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "come back")

    def fence(self):
        self.count += 1
        frame = b"\xff" * 6 + b"\x02\0\0\0\0\x03\x88\xb5" + struct.pack("!I", self.count) + bytes(42)
        self.fence_in.send(frame)
        while struct.unpack("!I", self.fence_out.recv(64)[14:18])[0] != self.count:
            pass

    def settle(self, waiting):
        """Takes in all that comes until nothing more can come."""
        quiet = 0
        while quiet < QUIET:
            self.fence()
            quiet += 1
            while True:
                try:
                    frame = self.wire.recv(65535)
                except BlockingIOError:
                    break
                if self.heard(frame, waiting):
                    quiet = 0

    def heard(self, frame, waiting):
        kind, packet = frame[12:14], frame[14:]
        if kind == b"\x08\x00":
            head, protocol = (packet[0] & 15) * 4, packet[9]
            source, target = packet[12:16], packet[16:20]
        elif kind == b"\x86\xdd":
            head, protocol = 40, packet[6]
            source, target = packet[8:24], packet[24:40]
        else:
            return False
        payload = packet[head:]
        if protocol == 6:
            return self.segment(source, target, payload, waiting)
        if protocol == 58 and payload[0] == 136:
            self.neighbour = True
            return True
        errors = {1: (3, 4, 5, 11, 12), 58: (1, 2, 3, 4)}
        if payload[0] not in errors.get(protocol, ()):
            return False
        quoted = payload[8:]
        mine = (quoted[12:16], (quoted[0] & 15) * 4) if protocol == 1 else (quoted[8:24], 40)
        probe = waiting.get(struct.unpack("!H", quoted[mine[1] : mine[1] + 2])[0])
        if probe is None or probe.source != mine[0] or target != probe.source:
            return False
        if probe.fate[0] in ("silence", "half"):
            probe.fate = ["unreachable", payload[0], payload[1]]
        return True

    def segment(self, source, target, payload, waiting):
        port, own, sequence, acknowledged, _, flags = struct.unpack("!HHIIBB", payload[:14])
        probe = waiting.get(own)
        if probe is None or (source, target, port) != (probe.target, probe.source, probe.port):
            return False
        if flags & RST:
            probe.fate = ["cut" if probe.answered else "reset"]
        elif flags & SYN and not probe.answered:
            if acknowledged != probe.sequence + 1:
                return False
            probe.answered, probe.fate = True, ["half"]
            probe.sequence, probe.theirs = probe.sequence + 1, (sequence + 1) & 0xFFFFFFFF
            self.out.send(probe.segment(ACK))
        elif probe.sent and acknowledged == probe.sequence + len(DATA):
            probe.fate = ["accepted"]
        return True

    def probe(self, wanted):
        probes = []
        for source, target, port in wanted:
            self.own = self.own + 1 if self.own < 60000 else 20001
            probes.append(Probe(source, target, port, self.own))
        waiting = {probe.own: probe for probe in probes}
        self.settle({})
        dead = False
        six = sorted({probe.target for probe in probes if len(probe.target) == 16})
        for target in six:
            dead = dead or not self.found(target)
        for number, probe in enumerate(probes, 1):
            self.out.send(probe.segment(SYN))
            if number % 64 == 0:
                self.settle(waiting)
        self.settle(waiting)
        for probe in probes:
            if probe.answered and probe.fate == ["half"]:
                probe.sent = True
                self.out.send(probe.segment(PSH | ACK, DATA))
        self.settle(waiting)
        for probe in probes:
            # Also what was never answered may have left something behind.
            probe.sequence += len(DATA) if probe.fate == ["accepted"] else 0 if probe.answered else 1
            self.out.send(probe.segment(RST))
            if dead and len(probe.target) == 16:
                probe.fate.append("neighbour")
        self.settle({})
        for listener in self.listeners:
            self.drain(listener)
        return [probe.fate for probe in probes]

    def drain(self, listener):
        while True:
            try:
                listener.accept()[0].close()
            except BlockingIOError:
                return
            except OSError:
                continue

    def found(self, target):
        """Whether the host says where it is, asked as a router asks."""
        group = address("ff02::1:ff00:0")[:13] + target[13:]
        router = address(ROUTER_V6)
        ask = struct.pack("!BBHI", 135, 0, 0, 0) + target + b"\x01\x01" + ROUTER
        frame = ip(router, group, 58, summed(router, group, 58, ask, 2), hops=255)
        self.neighbour = False
        self.out.send(bytes(10) + b"\x33\x33" + group[12:] + frame[6:])
        self.settle({})
        return self.neighbour


def main():
    prober = Prober(sys.argv[1])
    print("{}", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        told = {}
        if "listen" in asked:
            prober.listen(asked["listen"])
        if "probe" in asked:
            told["fates"] = prober.probe(asked["probe"])
        print(json.dumps(told), flush=True)


main()
