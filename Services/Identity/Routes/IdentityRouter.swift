import Auth
import Hummingbird
import Web

/// The service's own routes, beside those that every service has.
func identityRouter(
  _ parts: IdentityComponents, health: Health, authenticator: TokenVerifier?
) -> Router<ServiceRequestContext> {
  let router = Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator) { open in
    SessionRoutes(signIn: parts.signIn, sessions: parts.sessions, issuer: parts.issuer, address: parts.address).add(to: open)
    TokenRoutes(clients: parts.clients, issuer: parts.issuer).add(to: open)
    KeyRoutes(keys: parts.keys).add(to: open)
  }
  AccountRoutes(store: parts.accounts, membership: parts.membership, address: parts.address).add(to: router)
  KeyRotationRoutes(keys: parts.keys).add(to: router)
  return router
}
