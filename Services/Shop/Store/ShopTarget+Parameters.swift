import Contracts
import Postgres

extension ShopTarget {
  /// Three parameters: the shop, its owner, and its expected version.
  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id.description)
    parameters.append(owner.description)
    parameters.append(expectedVersion)
  }
}
