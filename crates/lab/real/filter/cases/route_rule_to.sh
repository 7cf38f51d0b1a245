# A routing rule sends answers to one range nowhere; one that asks whence does not see answers.
#
# kernel: 172.64.0.0/13 all dropped
# kernel: all all accepted
# by: 172.64.0.0/13 all blackhole

ip rule add to 172.64.0.0/13 priority 100 blackhole
ip rule add from 104.16.0.0/13 priority 101 blackhole
ip rule add fwmark 0x9 priority 102 blackhole
ip rule add to 162.158.0.0/15 iif eth1 priority 103 blackhole
