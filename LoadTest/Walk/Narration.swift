import LoadClient

/// Tells the tour on standard output, for a terminal of 100 columns; in colour only if one is there.
///
/// Used by one task at a time.
struct Narration: Sendable {
  enum Style: String {
    case bold = "1"
    case faint = "2"
    case green = "32"
    case yellow = "33"
    case blue = "34"
    case magenta = "35"
  }

  let quiet: Bool
  /// Whether paths begin with the name of the service.
  let route: ServiceURLs.Route
  private let colours = Terminal.isInteractive

  init(quiet: Bool, route: ServiceURLs.Route) {
    (self.quiet, self.route) = (quiet, route)
  }

  func chapter(_ title: String) {
    tell("\n" + styled(title, .bold) + "\n\n")
  }

  /// A request, its answer, and who asked: `  PATCH  /shop/shops/0198…           200     4.1 ms  owner`.
  func call(_ method: String, _ path: String, _ answer: Answer, service: String, as caller: Person?) {
    let what = route == .gateway ? "/\(service)\(path)".fitted(to: 66) : path.fitted(to: 51) + service.padded(to: 15)
    let line =
      "  " + method.padded(to: 7) + what + String(answer.status).padded(to: 4)
      + (answer.duration.inMilliseconds.text(decimals: 1) + " ms").leading(to: 10) + "  " + (caller?.role.rawValue ?? "anybody")
    tell(line + "\n")
  }

  func signedIn(_ account: Person) {
    tell("  " + styled("token  ", .blue) + "for \(account.role.rawValue) \(account.id)\n")
  }

  /// All fields of an event, and what isn't among them.
  func event(_ event: SeenEvent) {
    tell(
      "  " + styled("event".padded(to: 7), .yellow) + styled(event.type, .yellow)
        + " on \(event.stream): \(event.fields.count) fields, \(event.bytes) bytes, and no state of the shop\n")
    for field in event.fields {
      tell(styled("         " + field.name.padded(to: 12) + field.value.cut(to: 78), .faint) + "\n")
    }
  }

  func note(_ text: String) {
    tell("         " + text + "\n")
  }

  func shown(_ text: String) {
    tell("  " + styled("seen   ", .green) + text + "\n")
  }

  /// The table at the end of the first tour, which is told even when all else is not.
  func delays(_ delays: [MeasuredDelay]) {
    var lines = [
      "", styled("How long each change took to show in the listing", .bold), "",
      "  " + "change".padded(to: 34) + "version".leading(to: 7) + "event after".leading(to: 15)
        + "shown after".leading(to: 15) + "after event's time".leading(to: 22),
    ]
    for delay in delays {
      lines.append(
        "  " + delay.change.padded(to: 34) + "v\(delay.version)".leading(to: 7) + milliseconds(delay.event).leading(to: 15)
          + milliseconds(delay.shown).leading(to: 15) + milliseconds(delay.sinceEventTime).leading(to: 22))
    }
    Terminal.write(lines.joined(separator: "\n") + "\n\n")
  }

  /// The table of the delivered order, told even when all else is not.
  func pushes(_ changes: [PushedChange]) {
    var lines = [
      "", styled("How long each change took to reach the customer's phone", .bold), "",
      "  " + "change".padded(to: 34) + "version".leading(to: 7) + "after its commit".leading(to: 22),
    ]
    for change in changes {
      lines.append(
        "  " + "\(change.part.rawValue) \(change.status)".padded(to: 34) + "v\(change.version)".leading(to: 7)
          + "\(change.delay) ms".leading(to: 22))
    }
    Terminal.write(lines.joined(separator: "\n") + "\n\n")
  }

  func failed(_ reason: String) {
    Terminal.writeError("walk: \(reason)\n")
  }

  private func milliseconds(_ value: Double?) -> String {
    value.map { $0.text(decimals: 1) + " ms" } ?? "–"
  }

  func tell(_ text: String) {
    if !quiet { Terminal.write(text) }
  }

  func styled(_ text: String, _ style: Style) -> String {
    colours ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text
  }
}

/// One line of the table: milliseconds after the answer of the write, and after the time that the event bears.
struct MeasuredDelay: Sendable {
  let change: String
  let version: Int64
  let event: Double
  let shown: Double
  let sinceEventTime: Double?
}
