# shellcheck shell=bash
# The services of the stack, one line each. Sourced by settings.sh; from it follow the ports, the databases with their roles, the
# passwords, each service's environment, and the programs that supervisor keeps running. What they may do in Redis says redis/*.acl.
#
# Of PostgreSQL: the database (and role), and how many connections the service's requests share. `calls` are peers of this system,
# found in the registry and called with the service's own identity; payment and the card network know each other by addresses and
# secrets of their own (see own_settings_of in stack). The gateway passes on what others ask, in their names.
service_table='
  service           port  database          shared  Redis         calls
  identity          8107  identity          4       events        -
  shop              8101  shop              6       events        -
  order             8102  order             10      events        shop,payment,rider
  payment           8103  payment           6       events        -
  rider             8104  rider             4       events        order
  review            8105  review            3       events        order
  shop-listing      8201  -                 -       events,cache  shop,review
  order-history     8202  -                 -       events,cache  order,payment,rider
  payment-provider  8301  payment_provider  4       -             -
  gateway           8080  -                 -       events,cache  -
'

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

# Each service of the system may have a second instance: shop-2, which listens ten ports further. The card network is outside of the
# system, and there is one.
add_second() { [ "$1" = payment-provider ] || seconds+=("$1-2"); }
seconds=()
each_service add_second
