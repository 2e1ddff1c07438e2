# shellcheck shell=bash
# The services of the stack as bash arrays, which Deploy/catalogue derives from Shared/ServiceCatalogue/services.json; sourced by
# settings.sh.
#
#   services            the names of the services' executables
#   second_instances    `shop-2` and so on: the second instance of each service
#   databases           PostgreSQL databases; the owning role has the same name
#   callers             the services that call others with their own tokens
#   service_secrets     the names of the services' random secrets
#   service_ports       SHOP_PORT=8101 and so on: the default port of each instance
service_lists=$("$(dirname "${BASH_SOURCE[0]}")/catalogue" shell) || exit 1
eval "$service_lists"
