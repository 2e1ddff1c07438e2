# shellcheck shell=bash
# The services of the stack, one line each. Sourced by settings.sh; from it follow the ports, the databases with their roles, the
# passwords and each service's environment. How they are kept running says supervisord.conf, what they may do in Redis redis/*.acl.
#
# Of PostgreSQL: the database (and role), and how many connections the service's requests share. `calls` are peers of this system;
# payment and the card network know each other by addresses and secrets of their own (see own_settings_of in stack).
service_table='
  service           port  database          shared  Redis         calls
  shop              8101  shop              8       events        -
  order             8102  order             16      events        shop,payment,rider
  payment           8103  payment           6       events        -
  rider             8104  rider             4       events        order
  review            8105  review            3       events        order
  shop-listing      8201  -                 -       events,cache  shop,review
  order-history     8202  -                 -       events,cache  order,payment,rider
  payment-provider  8301  payment_provider  4       -             -
'
# These can be started twice; the other one is called shop-listing-2 and listens ten ports further.
# shellcheck disable=SC2034  # read by settings.sh and stack
twins=(shop-listing order-history)

# each_service FUNCTION: calls it with a service's line, word by word.
each_service() {
  local name port database shared redis calls
  while read -r name port database shared redis calls; do
    case $name in '' | service) ;; *) "$1" "$name" "$port" "$database" "$shared" "$redis" "$calls" ;; esac
  done <<<"$service_table"
}

# key_of shop-listing: SHOP_LISTING, with which the names of its settings begin.
key_of() { tr '[:lower:]-' '[:upper:]_' <<<"$1"; }

# has LIST WORD: whether a list of the table has it.
has() { [[ ,$1, == *,$2,* ]]; }

add_service() { services+=("$1"); }
services=()
each_service add_service

add_database() { [ "$3" = - ] || databases+=("$3"); }
databases=()
each_service add_database
