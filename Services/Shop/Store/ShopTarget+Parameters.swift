import Contracts
import Persistence
import Postgres

extension ShopTarget {
  /// Three parameters: the shop, its owner, and its expected version.
  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id)
    parameters.append(owner)
    parameters.append(expectedVersion)
  }
}
