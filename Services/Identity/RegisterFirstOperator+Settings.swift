import Contracts
import Logging
import Web

extension RegisterFirstOperator {
  /// Registers the operator of the settings if there is no operator yet.
  /// - Throws: `SettingsError` that names the key.
  func register(_ settings: Settings, logger: Logger) async throws {
    let account = NewAccount(
      email: AccountRules.normalized(email: try settings.string("operator.email")),
      password: try settings.string("operator.password"), name: "operator", role: .operator)
    for error in AccountRules.errors(in: account) {
      throw settings.error("operator.\(error.pointer.dropFirst())", error.detail)
    }
    if try await register(account) {
      logger.notice("The first operator was registered.", metadata: ["email": "\(account.email)"])
    }
  }
}
