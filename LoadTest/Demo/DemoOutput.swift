import LoadClient

/// Prints the demo to standard output, for a terminal of 100 columns; in color only on a terminal.
///
/// Not for concurrent use: lines of different tasks would interleave.
struct DemoOutput: Sendable {
  enum Style: String {
    case bold = "1"
    case faint = "2"
    case green = "32"
    case yellow = "33"
    case blue = "34"
    case magenta = "35"
  }

  let quiet: Bool
  /// Paths through the gateway begin with the service's name.
  let route: ServiceURLs.Route
  private let usesColor = Terminal.isInteractive

  init(quiet: Bool, route: ServiceURLs.Route) {
    (self.quiet, self.route) = (quiet, route)
  }

  func chapter(_ title: String) {
    write("\n" + styled(title, .bold) + "\n\n")
  }

  /// A request, its response, and the caller: `  PATCH  /shop/shops/0198…           200     4.1 ms  owner`.
  func call(_ method: String, _ path: String, _ response: RESTResponse, service: String, as caller: UserSession?) {
    let role = caller?.role.rawValue ?? "anonymous"
    let what = route == .gateway ? "/\(service)\(path)".fitted(to: 66) : path.fitted(to: 51) + service.padded(to: 15)
    let line =
      "  " + method.padded(to: 7) + what + String(response.status).padded(to: 4)
      + (response.duration.inMilliseconds.text(decimals: 1) + " ms").leading(to: 10) + "  " + role
    write(line + "\n")
  }

  func signedIn(_ session: UserSession) {
    write("  " + styled("token  ", .blue) + "for \(session.role.rawValue) \(session.id)\n")
  }

  /// All fields of an event.
  func event(_ event: ReceivedEvent) {
    write(
      "  " + styled("event".padded(to: 7), .yellow) + styled(event.type, .yellow)
        + " on \(event.stream): \(event.fields.count) fields, \(event.bytes) bytes, none of the shop's state\n")
    for field in event.fields {
      write(styled("         " + field.name.padded(to: 12) + field.value.cut(to: 78), .faint) + "\n")
    }
  }

  func note(_ text: String) {
    write("         " + text + "\n")
  }

  func observed(_ text: String) {
    write("  " + styled("shown  ", .green) + text + "\n")
  }

  /// The latency table of the shop demo, printed even with `--quiet`.
  func latencies(_ delays: [ChangeLatency]) {
    var lines = [
      "", styled("Latency of each change until the listing shows it", .bold), "",
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

  /// The latency table of the delivered order, printed even with `--quiet`.
  func statusUpdates(_ changes: [StatusUpdate]) {
    var lines = [
      "", styled("Latency of each status update on the customer's tracking stream", .bold), "",
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
    Terminal.writeError("demo: \(reason)\n")
  }

  private func milliseconds(_ value: Double?) -> String {
    value.map { $0.text(decimals: 1) + " ms" } ?? "–"
  }

  func write(_ text: String) {
    if !quiet { Terminal.write(text) }
  }

  func styled(_ text: String, _ style: Style) -> String {
    usesColor ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text
  }
}

/// A row of the latency table: milliseconds since the response to the write, and since the event's `time`.
struct ChangeLatency: Sendable {
  let change: String
  let version: Int64
  let event: Double
  let shown: Double
  let sinceEventTime: Double?
}
