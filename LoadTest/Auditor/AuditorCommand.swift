import ArgumentParser
import LoadClient

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Goes through every database and both Redis, and says whether every won and every event is accounted for.
@main
struct AuditorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "auditor",
    abstract: "Checks the fourteen invariants on all that the running stack has stored.",
    discussion: """
      It only reads. First it waits until nothing moves any more. Addresses and passwords come from the environment, as \
      `Deploy/stack audit` sets them: POSTGRES_HOST, POSTGRES_PORT, AUDITOR_POSTGRES_PASSWORD, EVENTS_REDIS_HOST, \
      EVENTS_REDIS_PORT, CACHE_REDIS_HOST, CACHE_REDIS_PORT, AUDITOR_REDIS_PASSWORD, SHOP_URL, ORDER_URL, PAYMENT_URL, \
      RIDER_URL, SHOP_LISTING_URL, ORDER_HISTORY_URL, IDENTITY_URL, and OPERATOR_EMAIL and OPERATOR_PASSWORD, since it asks the \
      services as an operator. The exit status is 1 if an invariant is broken or could not be checked.
      """)

  @Option(help: "How many seconds to wait for rest: open sagas, outboxes and consumer groups.")
  var settle = 90

  @Option(help: "What the simulator noted of acknowledged writes.")
  var journal = ".local/journal.jsonl"

  @Option(help: "Where the report goes as JSON.")
  var json = ".local/audit.json"

  func run() async throws {
    let addresses: Addresses
    do {
      addresses = try Addresses(ProcessInfo.processInfo.environment)
    } catch {
      Terminal.writeError("auditor: \(error)\n")
      throw ExitCode.failure
    }
    let report = try await Evidence.with(addresses, journal: journal) { [self] evidence in
      try await audit(evidence)
    }
    Terminal.write(report.summary)
    do {
      try report.json.write(to: URL(filePath: json), options: .atomic)
    } catch {
      Terminal.writeError("auditor: \(json) can't be written: \(error)\n")
      throw ExitCode.failure
    }
    if !report.isClean { throw ExitCode.failure }
  }

  private func audit(_ evidence: Evidence) async throws -> Report {
    let began = ContinuousClock.now
    let unrest = await Rest(evidence: evidence).wait(upTo: .seconds(settle))
    if let unrest { Terminal.write("Not at rest after \(settle) s: \(unrest)\n") }
    var report = Report()
    for invariant in Invariant.all {
      do {
        report.add(invariant, try await invariant.check(evidence))
      } catch {
        report.add(invariant, failed: error)
      }
      if let line = report.lines.last { Terminal.write(Report.text(line)) }
    }
    report.seconds = (ContinuousClock.now - began).inSeconds
    return report
  }
}
