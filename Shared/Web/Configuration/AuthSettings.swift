public import Auth
import Logging
import NIOCore

/// The settings of a service that verifies access tokens, and of one that calls other services.
public enum AuthSettings {
  /// For every service whose routes require a principal.
  public static let verification = [
    Setting(
      "auth.keys.url", default: "http://127.0.0.1:8107/.well-known/jwks.json", "where the keys of access tokens are published"),
    Setting("auth.issuer", default: "baedal-identity", "the required issuer of access tokens"),
    Setting("auth.audience", default: "baedal", "the required audience of access tokens"),
  ]

  /// For every service that calls others; its name is the client id.
  public static let calls = [
    Setting("auth.token.url", default: "http://127.0.0.1:8107/token", "where this service gets its own access token"),
    Setting("auth.client.secret", default: nil, isSecret: true, "the client secret with which it gets that token"),
  ]
}

extension TokenVerifier {
  /// `nil` for a service that declares no ``AuthSettings/verification``.
  static func of(
    _ settings: Settings, eventLoopGroup: any EventLoopGroup, logger: Logger
  ) throws(SettingsError) -> TokenVerifier? {
    guard settings.declares("auth.keys.url") else { return nil }
    let keys = KeySet(
      source: HTTPKeySource(url: try settings.url("auth.keys.url"), eventLoopGroup: eventLoopGroup), logger: logger)
    return TokenVerifier(
      keys: keys,
      expectation: .init(issuer: try settings.string("auth.issuer"), audience: try settings.string("auth.audience")),
      logger: logger)
  }
}

extension ServiceCredentials {
  /// `nil` for a service that declares no ``AuthSettings/calls``.
  static func of(
    _ settings: Settings, client: String, eventLoopGroup: any EventLoopGroup, logger: Logger
  ) throws(SettingsError) -> ServiceCredentials? {
    guard settings.declares("auth.client.secret") else { return nil }
    return ServiceCredentials(
      url: try settings.url("auth.token.url"), client: client, secret: try settings.string("auth.client.secret"),
      eventLoopGroup: eventLoopGroup, logger: logger)
  }
}

extension HealthCheck {
  /// Whether the keys of access tokens are known; without them requests with a token get 503.
  public static func tokens(_ verifier: TokenVerifier?, isRequired: Bool = true) -> HealthCheck {
    HealthCheck("identity", isRequired: isRequired) { verifier?.isReady == false ? "its keys are not known yet" : nil }
  }
}
