# A profile of an application brings its ports: the one that was allowed has 80 only, the full one has both and is
# for one network.
#
# kernel: all 22,80 accepted
# kernel: 198.41.128.0/17 443 accepted
# kernel: all 443 dropped
# by: 172.64.0.0/13 443 ip filter INPUT
# needs: ufw
. "$LAB/managers.sh"
fresh_ufw
cat > /etc/ufw/applications.d/site << 'PROFILE'
[Site]
title=The site
description=Without encryption
ports=80/tcp

[Site Full]
title=The site
description=With encryption
ports=80,443/tcp
PROFILE
ufw allow Site
ufw allow from 198.41.128.0/17 to any app "Site Full"
ufw --force enable
