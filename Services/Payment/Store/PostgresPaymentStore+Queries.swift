import Contracts
import Events
import Postgres

extension PostgresPaymentStore {
  func payment(_ id: Identifier, of customer: Identifier?) async throws -> Document {
    guard let payment = try await postgres.execute(SelectPayments(ids: [id], customer: customer)).first else {
      throw PaymentError.unknownPayment
    }
    return payment
  }

  func payments(_ ids: [Identifier]) async throws -> [Document] {
    try await postgres.execute(SelectPayments(ids: ids, customer: nil))
  }

  func payment(ofOrder order: Identifier, customer: Identifier?) async throws -> Document? {
    try await postgres.execute(SelectPaymentOfOrder(order: order, customer: customer)).first
  }

  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion] {
    try await postgres.execute(SelectVersions<PaymentTable>(after: cursor, changedSince: changedSince, limit: limit))
  }

  func accounts() async throws -> [UInt8] {
    try await postgres.execute(SelectLedgerAccounts()).first ?? []
  }

  func transactions(of payment: Identifier) async throws -> [UInt8] {
    try await postgres.execute(SelectTransactions(payment: payment)).first ?? []
  }
}
