# shellcheck shell=bash
# Functions shared by the scripts, independent of the services; sourced, not run.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# program NAME: the path of an executable that may be in /usr/sbin (as Debian's nginx is).
program() { PATH=$PATH:/usr/sbin:/usr/local/sbin command -v "$1"; }

# The abbreviated commit of the repository, with `-dirty` if tracked files were changed.
revision() { git -C "$repository" describe --always --dirty --abbrev=7 --exclude '*' 2>/dev/null || echo unknown; }

# The folder of PostgreSQL's server executables, which are not in Debian's PATH; version 15 or later.
postgres_folder() {
  local folder version newest="" newest_version=14
  for folder in /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin \
    "$(dirname "$(command -v postgres 2>/dev/null || echo /nowhere/x)")"; do
    [ -x "$folder/postgres" ] && [ -x "$folder/initdb" ] || continue
    version=$("$folder/postgres" --version | sed -E 's/[^0-9]*([0-9]+).*/\1/')
    if [ "$version" -gt "$newest_version" ]; then newest=$folder newest_version=$version; fi
  done
  [ -n "$newest" ] && echo "$newest"
}

reachable_for_postgres() { [ "$(id -u)" != 0 ] || as_postgres test -x "$1"; }

# The operating system user that runs PostgreSQL.
postgres_user() { if [ "$(id -u)" = 0 ]; then echo postgres; else id -un; fi; }

# Runs a command as that user.
as_postgres() {
  if [ "$(id -u)" != 0 ]; then "$@"; else setpriv --reuid=postgres --regid=postgres --init-groups "$@"; fi
}

# key_of shop-listing: SHOP_LISTING, the prefix of its settings' names.
key_of() { tr '[:lower:]-' '[:upper:]_' <<<"$1"; }

value_of() { echo "${!1}"; }

sha256() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d' ' -f1; }
