import Contracts

/// Validation of a rider's name and a cancellation reason.
enum RiderRules {
  static let name = TextRule(1...100)
  static let reason = TextRule(1...500)
}
