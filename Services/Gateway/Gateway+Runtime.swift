import RuntimeConfiguration
import Web

extension Gateway {
  /// Applies the operators' changes of limits and deadlines.
  /// - Throws: `SettingsError` that names the key.
  func follow(_ runtime: RuntimeConfiguration) throws(SettingsError) {
    let (policy, admission) = (policy, admission)
    _ = try runtime.integer("rate.address", in: 1...1_000_000) { value in policy.update { $0.address.perSecond = value } }
    _ = try runtime.integer("rate.address.burst", in: 1...10_000_000) { value in policy.update { $0.address.burst = value } }
    _ = try runtime.integer("rate.principal", in: 1...1_000_000) { value in policy.update { $0.principal.perSecond = value } }
    _ = try runtime.integer("rate.principal.burst", in: 1...10_000_000) { value in policy.update { $0.principal.burst = value } }
    _ = try runtime.integer("concurrency", in: 1...100_000) { admission.setLimit($0) }
    let range = Duration.milliseconds(50)...(.seconds(120))
    _ = try runtime.duration("deadline", in: range) { value in policy.update { $0.deadline = value } }
    _ = try runtime.duration("deadline.patient", in: range) { value in policy.update { $0.longLivedDeadline = value } }
    _ = try runtime.duration("deadline.screen", in: range) { value in policy.update { $0.screenDeadline = value } }
    _ = try runtime.duration("deadline.body", in: range) { value in policy.update { $0.bodyDeadline = value } }
  }
}
