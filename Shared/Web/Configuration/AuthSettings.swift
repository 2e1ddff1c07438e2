public import Auth
import Logging
import NIOCore

/// The keys of a service that verifies access tokens, and of one that calls other services in its own name.
public enum AuthSettings {
  /// Of every service whose routes ask for a principal.
  public static let verification = [
    Setting(
      "auth.keys.url", default: "http://127.0.0.1:8107/.well-known/jwks.json", "where the keys of access tokens are published"),
    Setting("auth.issuer", default: "baedal-identity", "who access tokens must be from"),
    Setting("auth.audience", default: "baedal", "whom they must be for"),
  ]

  /// Of every service that calls others; its name is the client's id.
  public static let calls = [
    Setting("auth.token.url", default: "http://127.0.0.1:8107/token", "where this service gets its own access token"),
    Setting("auth.client.secret", default: nil, isSecret: true, "what this service proves itself with there"),
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
  /// Whether the keys of access tokens are known; without them whoever shows a token is answered 503.
  public static func tokens(_ verifier: TokenVerifier?, isRequired: Bool = true) -> HealthCheck {
    HealthCheck("identity", isRequired: isRequired) { verifier?.isReady == false ? "its keys are not known yet" : nil }
  }
}
