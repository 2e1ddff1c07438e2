import Auth
import Hummingbird
import Web

extension IdentityComponents {
  /// The service's own routes, in addition to those of every service.
  func router(health: Health, authenticator: TokenVerifier?) throws -> Router<ServiceRequestContext> {
    let router = try Router.service(
      health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator
    ) { unauthenticated in
      SessionRoutes(
        signIn: signIn, refreshSession: refreshSession, signOut: signOut, issuer: issuer, address: address
      ).add(to: unauthenticated)
      TokenRoutes(clients: clients, issuer: issuer).add(to: unauthenticated)
      KeyRoutes(keys: keys).add(to: unauthenticated)
    }
    AccountRoutes(
      store: accounts, registerAccount: registerAccount, changePassword: changePassword, changeAccountStatus: changeAccountStatus,
      address: address
    ).add(to: router)
    KeyRotationRoutes(keys: keys).add(to: router)
    return router
  }
}
