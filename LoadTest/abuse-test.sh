#!/usr/bin/env bash
# Abuse tests: slow and greedy clients against the gateway of the running stack, next to a well-behaved client. Prints how many of the
# latter's requests succeeded, and the growth of the gateway's memory. Needs slowhttptest (a Debian package) and Linux's /proc.
#
#   LoadTest/abuse-test.sh [slowloris slow-body slow-read large-body large-headers]     ABUSE_CONNECTIONS=2000 ABUSE_SECONDS=30
#
# Fails if in any test less than 99 % of the well-behaved client's requests succeeded, or memory grew by more than ABUSE_MEGABYTES (20).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
url=${GATEWAY_URL:-http://127.0.0.1:${GATEWAY_PORT:-8080}}
connections=${ABUSE_CONNECTIONS:-2000}
seconds=${ABUSE_SECONDS:-30}
max_growth=${ABUSE_MEGABYTES:-20}
port=${url##*:}
page=$url/shop-listing/listings?limit=20
failed=()

main() {
  command -v slowhttptest >/dev/null || fail "slowhttptest is missing; on Debian: apt-get install slowhttptest"
  # Every connection is a file descriptor of both processes.
  ulimit -n "$(ulimit -Hn)"
  gateway=$(ss -Hltnp "sport = :$port" | sed -n 's/.*pid=\([0-9]*\).*/\1/p' | head -n 1)
  [ -n "$gateway" ] || fail "no process of this user listens on port $port: is the stack running?"
  # Warms up the gateway, so that its first allocations don't count.
  python3 "$here/well_behaved_client.py" "$url" 3 >/dev/null
  local name
  for name in "${@:-slowloris slow-body slow-read large-body large-headers}"; do
    for name in $name; do attack "$name"; done
  done
  [ ${#failed[@]} -eq 0 ] || fail "abuse-test: ${failed[*]}"
  echo "abuse-test: passed"
}

# Runs one attack next to the well-behaved client, and prints the results.
attack() {
  local name=$1 before after succeeded
  before=$(megabytes)
  python3 "$here/well_behaved_client.py" "$url" "$seconds" >"/tmp/abuse-test.$$" &
  local client=$!
  "attack_${name//-/_}" >/dev/null 2>&1 || true
  wait "$client"
  succeeded=$(cat "/tmp/abuse-test.$$")
  rm -f "/tmp/abuse-test.$$"
  after=$(megabytes)
  printf '%-14s well-behaved client %s, memory %s MB -> %s MB\n' "$name" "$succeeded" "$before" "$after"
  awk -v p="${succeeded%%%*}" 'BEGIN { exit !(p >= 99) }' || failed+=("$name: $succeeded")
  awk -v a="$after" -v b="$before" -v m="$max_growth" 'BEGIN { exit !(a - b <= m) }' || failed+=("$name: memory $before -> $after MB")
}

# Header fields that never end.
attack_slowloris() {
  slowhttptest -c "$connections" -r 500 -H -i 5 -x 24 -l "$seconds" -p 3 -t GET -u "$page"
}

# Bodies that never end.
attack_slow_body() {
  slowhttptest -c "$connections" -r 500 -B -i 5 -s 8192 -x 10 -l "$seconds" -p 3 -t POST -u "$url/identity/sessions"
}

# Responses that are read slowly.
attack_slow_read() {
  slowhttptest -c "$connections" -r 500 -X -w 10 -y 20 -n 5 -z 32 -k 3 -l "$seconds" -p 3 -u "$page"
}

# Bodies of a gigabyte, chunked and with Content-Length.
attack_large_body() {
  local end=$((SECONDS + seconds))
  while [ $SECONDS -lt $end ]; do
    head -c 1073741824 /dev/zero | curl -sS -m 20 -o /dev/null -T - -X POST "$url/identity/sessions" || true
    head -c 1073741824 /dev/zero | curl -sS -m 20 -o /dev/null -H 'Content-Length: 1073741824' --data-binary @- \
      -X POST "$url/identity/sessions" || true
    sleep 1
  done
}

# Header fields of two megabytes.
attack_large_headers() {
  local end=$((SECONDS + seconds)) file=/tmp/abuse-test.headers.$$
  { printf 'GET /shop-listing/listings HTTP/1.1\r\nHost: a\r\nX: '; head -c 2097152 /dev/zero | tr '\0' a; printf '\r\n\r\n'; } >"$file"
  while [ $SECONDS -lt $end ]; do
    timeout 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; cat '$file' >&3; head -c 100 <&3" || true
  done
  rm -f "$file"
}

megabytes() {
  awk '/^VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$gateway/status"
}

fail() {
  echo "$*" >&2
  exit 1
}

main "$@"
