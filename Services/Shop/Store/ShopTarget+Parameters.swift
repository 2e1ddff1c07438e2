import Contracts
import Postgres

extension ShopTarget {
  /// Three parameters: the shop, its owner, and the version that it must have.
  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id.description)
    parameters.append(owner.description)
    parameters.append(expectedVersion)
  }
}
