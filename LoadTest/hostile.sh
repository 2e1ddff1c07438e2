#!/usr/bin/env bash
# Slow and greedy clients against the gateway of the stack that runs, with a good client beside them: how many of its requests were served,
# and how the gateway's memory grew. Needs slowhttptest (Debian package of that name) and Linux's /proc.
#
#   LoadTest/hostile.sh [slowloris slow-body slow-read large-body large-headers]     HOSTILE_CONNECTIONS=2000 HOSTILE_SECONDS=30
#
# Fails if less than 99 % of the good client's requests were served in any part, or memory grew by more than 20 MB.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
url=${GATEWAY_URL:-http://127.0.0.1:${GATEWAY_PORT:-8080}}
connections=${HOSTILE_CONNECTIONS:-2000}
seconds=${HOSTILE_SECONDS:-30}
most_growth=${HOSTILE_MEGABYTES:-20}
port=${url##*:}
page=$url/shop-listing/listings?limit=20
failed=()

main() {
  command -v slowhttptest >/dev/null || fail "slowhttptest is missing; on Debian: apt-get install slowhttptest"
  # Every connection is a file, here and there.
  ulimit -n "$(ulimit -Hn)"
  gateway=$(ss -Hltnp "sport = :$port" | sed -n 's/.*pid=\([0-9]*\).*/\1/p' | head -n 1)
  [ -n "$gateway" ] || fail "nothing of ours listens on port $port: is the stack up?"
  # What everybody's first requests cost is not the attack's.
  python3 "$here/good_client.py" "$url" 3 >/dev/null
  local part
  for part in "${@:-slowloris slow-body slow-read large-body large-headers}"; do
    for part in $part; do attack "$part"; done
  done
  [ ${#failed[@]} -eq 0 ] || fail "hostile: ${failed[*]}"
  echo "hostile: the good client was served all through"
}

# Runs one attack beside the good client, and prints what came of it.
attack() {
  local name=$1 before after served
  before=$(megabytes)
  python3 "$here/good_client.py" "$url" "$seconds" >"/tmp/hostile.$$" &
  local good=$!
  "attack_${name//-/_}" >/dev/null 2>&1 || true
  wait "$good"
  served=$(cat "/tmp/hostile.$$")
  rm -f "/tmp/hostile.$$"
  after=$(megabytes)
  printf '%-14s good client %s, memory %s MB -> %s MB\n' "$name" "$served" "$before" "$after"
  awk -v p="${served%%%*}" 'BEGIN { exit !(p >= 99) }' || failed+=("$name: $served")
  awk -v a="$after" -v b="$before" -v m="$most_growth" 'BEGIN { exit !(a - b <= m) }' || failed+=("$name: memory $before -> $after MB")
}

# Headers that never end.
attack_slowloris() {
  slowhttptest -c "$connections" -r 500 -H -i 5 -x 24 -l "$seconds" -p 3 -t GET -u "$page"
}

# Bodies that never end.
attack_slow_body() {
  slowhttptest -c "$connections" -r 500 -B -i 5 -s 8192 -x 10 -l "$seconds" -p 3 -t POST -u "$url/identity/sessions"
}

# Answers that are never read.
attack_slow_read() {
  slowhttptest -c "$connections" -r 500 -X -w 10 -y 20 -n 5 -z 32 -k 3 -l "$seconds" -p 3 -u "$page"
}

# A gigabyte, with and without saying so beforehand.
attack_large_body() {
  local end=$((SECONDS + seconds))
  while [ $SECONDS -lt $end ]; do
    head -c 1073741824 /dev/zero | curl -sS -m 20 -o /dev/null -T - -X POST "$url/identity/sessions" || true
    head -c 1073741824 /dev/zero | curl -sS -m 20 -o /dev/null -H 'Content-Length: 1073741824' --data-binary @- \
      -X POST "$url/identity/sessions" || true
    sleep 1
  done
}

# Two megabytes of headers.
attack_large_headers() {
  local end=$((SECONDS + seconds)) file=/tmp/hostile.headers.$$
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
