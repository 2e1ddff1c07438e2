# shellcheck shell=bash
# The services of the stack as lists of bash, which Deploy/catalogue derives from Shared/ServiceCatalogue/services.json; sourced by
# settings.sh.
#
#   services            every service, by the name of its executable
#   second_instances    `shop-2` and so on: each service of this system may run twice
#   databases           of PostgreSQL; each is also the name of the role that owns it
#   callers             the services that call others, with tokens of their own
#   service_secrets     the names of the random secrets that the services need
#   service_ports       SHOP_PORT=8101 and so on: where each instance listens unless told otherwise
service_lists=$("$(dirname "${BASH_SOURCE[0]}")/catalogue" shell) || exit 1
eval "$service_lists"
