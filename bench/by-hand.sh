#!/usr/bin/env bash
# The runbook by hand: the commands that give the same facts as one diagnosis, one after another.
#
# curl for visits and for requests straight to the origin, openssl s_client for the handshake and the
# certificate, dig for the lookups. Each asks what rayfix asks; nothing is asked twice.
#
# usage: by-hand.sh HOST EDGE EDGE_HTTPS_AT EDGE_HTTP_AT ORIGIN ORIGIN_HTTPS_AT ORIGIN_HTTP_AT RESOLVER CA_FILE
#   …_AT: ADDR:PORT where that peer really listens; RESOLVER: ADDR:PORT
set -u
host=$1 edge=$2 edge_https=$3 edge_http=$4 origin=$5 origin_https=$6 origin_http=$7 resolver=$8 ca=$9
get() { curl -sS -o /dev/null --compressed --max-time 30 --cacert "$ca" "$@"; }
through() { get --connect-to "$host:443:$edge_https" --connect-to "$host:80:$edge_http" "$@"; }
direct() { get -k --connect-to "$host:443:$origin_https" --connect-to "$host:80:$origin_http" "$@"; }

# DNS, both families.
dig +time=5 +tries=1 -p "${resolver##*:}" "@${resolver%:*}" "$host" A >/dev/null
dig +time=5 +tries=1 -p "${resolver##*:}" "@${resolver%:*}" "$host" AAAA >/dev/null

# Visits through the edge: five samples, as a browser and for the machine-readable page; plain http; the trace.
through -H 'Accept: text/html' "https://$host/"
through -H 'Accept: application/problem+json' "https://$host/"
through -H 'Accept: text/html' "https://$host/"
through -H 'Accept: application/problem+json' "https://$host/"
through -H 'Accept: text/html' "https://$host/"
through -H 'Accept: text/html' "http://$host/"
through "https://$host/cdn-cgi/trace"

# The origin: handshake and certificate, then a request on each port, bare and with the edge's headers.
openssl s_client -connect "$origin_https" -servername "$host" -showcerts -CAfile "$ca" </dev/null >/dev/null 2>&1
direct "https://$host/"
direct -H 'CF-Connecting-IP: 192.0.2.1' -H 'X-Forwarded-Proto: https' -H 'CDN-Loop: cloudflare' "https://$host/"
direct "http://$host/"
direct -H 'CF-Connecting-IP: 192.0.2.1' -H 'X-Forwarded-Proto: http' -H 'CDN-Loop: cloudflare' "http://$host/"
exit 0
