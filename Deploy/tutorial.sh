# shellcheck shell=bash
# The commands of Docs/tutorial.md: `source Deploy/tutorial.sh` in the repository's folder, in bash or zsh.
#
#   show WHO METHOD PATH [JSON] [HEADER…]   field NAME…   track WHO ORDER   (see Deploy/tutorial)
#   outage PROGRAM [SECONDS]                stops a program of the stack and starts it again
#   renew                                   sets $customer, $owner, $rider and $operator, the header Authorization of each, for curl

if [ ! -x "$PWD/Deploy/tutorial" ]; then
  echo "source Deploy/tutorial.sh in the repository's folder" >&2
else
  tutorial=$PWD/Deploy/tutorial
fi

show() { "$tutorial" show "$@"; }
field() { "$tutorial" field "$@"; }
track() { "$tutorial" track "$@" & }

# shellcheck disable=SC2034  # used by the reader's commands
renew() {
  gateway=$("$tutorial" gateway)
  json='Content-Type: application/json'
  customer=$("$tutorial" header customer)
  owner=$("$tutorial" header owner)
  rider=$("$tutorial" header rider)
  operator=$("$tutorial" header operator)
}

# outage NAME [SECONDS]: stops a program of the stack, starts it again after 18 s, and waits until every service is ready.
outage() {
  "${tutorial%/*}/stack" supervisorctl stop "$1" && sleep "${2:-18}"
  "${tutorial%/*}/stack" supervisorctl start "$1" && "${tutorial%/*}/stack" wait-ready && echo "ready at $(date +%T)"
}
