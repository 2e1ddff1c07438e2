import Contracts
import LoadClient

/// The lines of the order demo: events, status updates, saga steps and ledger entries.
extension DemoOutput {
  /// `  event  order.paid            v2   events:order      8 fields, 214 bytes         3 ms after its commit`.
  func eventLine(_ event: ReceivedEvent) {
    let age = event.time.map { "\(max(0, event.at.milliseconds(since: $0))) ms after its commit" } ?? ""
    let version = event.sequence.map { "v\($0)" } ?? ""
    line(
      "event", .yellow, event.type,
      version.padded(to: 5) + event.stream.padded(to: 17) + "\(event.fields.count) fields, \(event.bytes) bytes".padded(to: 21)
        + age.leading(to: 24))
  }

  /// A status update that the customer's tracking stream received.
  func statusUpdate(_ change: StatusUpdate) {
    line(
      "pushed", .green, "\(change.part.rawValue) \(change.status)",
      "v\(change.version)".padded(to: 5) + "tracking stream".padded(to: 38)
        + "\(change.delay) ms after its commit".leading(to: 24))
  }

  /// The saga's state: `  saga   awaitShop            running, until 12:00:08`.
  func saga(_ saga: SagaView) {
    var text = saga.status
    if let deadline = saga.deadline { text += ", until \(clock(deadline))" }
    if saga.attempts > 1 { text += ", attempt \(saga.attempts)" }
    if let error = saga.lastError { text += ", last error: \(error)" }
    line("saga", .blue, saga.step, text)
  }

  /// The saga's history: each step with the time since the first.
  func sagaSteps(_ saga: SagaView) {
    let start = saga.history.first?.at
    for entry in saga.history {
      let after = start.map { "\(entry.at.milliseconds(since: $0)) ms" } ?? ""
      line("saga", .blue, entry.step, entry.outcome.padded(to: 40) + after.leading(to: 20))
    }
    line("saga", .blue, saga.step, saga.status)
  }

  /// Ledger transactions, one entry a line: `  ledger capture    customer_holds      42,500`.
  func ledger(_ transactions: [LedgerTransactionView]) {
    if transactions.isEmpty { return line("ledger", .magenta, "no transactions", "") }
    line("ledger", .magenta, "transaction", "account".padded(to: 37) + "debit".leading(to: 15) + "credit".leading(to: 15))
    for transaction in transactions {
      for (number, entry) in transaction.entries.enumerated() {
        line(
          "", .magenta, number == 0 ? transaction.kind : "",
          entry.account.padded(to: 37) + won(entry.debit).leading(to: 15) + won(entry.credit).leading(to: 15))
      }
    }
  }

  /// All ledger accounts, and the sums of debits and credits.
  func accounts(_ accounts: [LedgerAccountView]) {
    line("ledger", .magenta, "account", "debit".leading(to: 22) + "credit".leading(to: 22) + "balance".leading(to: 23))
    for account in accounts {
      let columns = [account.debit.amount.grouped, account.credit.amount.grouped, account.balance.amount.grouped]
      line("", .magenta, account.account, columns[0].leading(to: 22) + columns[1].leading(to: 22) + columns[2].leading(to: 23))
    }
    let debit = accounts.reduce(0) { $0 + $1.debit.amount }
    let credit = accounts.reduce(0) { $0 + $1.credit.amount }
    line(
      "", .magenta, debit == credit ? "balanced" : "NOT BALANCED",
      debit.grouped.leading(to: 22) + credit.grouped.leading(to: 22))
  }

  private func won(_ money: Money) -> String {
    money.amount == 0 ? "" : money.amount.grouped
  }

  private func line(_ label: String, _ style: Style, _ subject: String, _ rest: String) {
    write("  " + styled(label.padded(to: 7), style) + styled(subject.padded(to: 24), style) + rest + "\n")
  }

  /// Hours, minutes and seconds of the day, UTC.
  private func clock(_ time: Timestamp) -> String {
    String(time.rfc3339.dropFirst(11).prefix(8))
  }
}
