# The staged host, as number 1 of its own processes: with files of its own over this machine's, until its
# input ends.
set -e
mount -t tmpfs run /run
for folder in /etc /var/lib /var/log; do
    name=$(echo "$folder" | tr / -)
    mkdir -p "/run/lab/upper$name" "/run/lab/work$name"
    mount -t overlay "lab$name" -o "lowerdir=$folder,upperdir=/run/lab/upper$name,workdir=/run/lab/work$name" "$folder"
done
mkdir -p /run/lock
mount -t sysfs sysfs /sys
ip link set lo up
echo ready
exec cat
