import ArgumentParser
import LoadClient

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Checks the system's invariants on the data of all databases and both Redis servers.
@main
struct AuditorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "auditor",
    abstract: "Checks the fourteen invariants on the data of the running stack.",
    discussion: """
      The auditor is read-only. It first waits until the system is quiescent. Environment, as set by `Deploy/stack audit`: \
      POSTGRES_HOST, POSTGRES_PORT, AUDITOR_POSTGRES_PASSWORD, EVENTS_REDIS_HOST, EVENTS_REDIS_PORT, CACHE_REDIS_HOST, \
      CACHE_REDIS_PORT, AUDITOR_REDIS_PASSWORD, SHOP_URL, ORDER_URL, PAYMENT_URL, RIDER_URL, SHOP_LISTING_URL, ORDER_HISTORY_URL, \
      IDENTITY_URL, and OPERATOR_EMAIL and OPERATOR_PASSWORD, as which it calls the services. The exit status is 1 if an invariant \
      is violated or could not be checked.
      """)

  @Option(help: "How many seconds to wait for open sagas, outboxes and consumer groups.")
  var settle = 90

  @Option(help: "The simulator's journal of acknowledged writes.")
  var journal = ".local/journal.jsonl"

  @Option(help: "The file for the JSON report.")
  var json = ".local/audit.json"

  func run() async throws {
    let configuration: AuditConfiguration
    do {
      configuration = try AuditConfiguration(ProcessInfo.processInfo.environment)
    } catch {
      Terminal.writeError("auditor: \(error)\n")
      throw ExitCode.failure
    }
    let report = try await AuditContext.with(configuration, journal: journal) { [self] context in
      try await audit(context)
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

  private func audit(_ context: AuditContext) async throws -> AuditReport {
    let began = ContinuousClock.now
    let outstanding = await Quiescence(context: context).wait(upTo: .seconds(settle))
    if let outstanding { Terminal.write("Not quiescent after \(settle) s: \(outstanding)\n") }
    var report = AuditReport()
    for invariant in Invariant.all {
      do {
        report.add(invariant, try await invariant.check(context))
      } catch {
        report.add(invariant, failed: error)
      }
      if let line = report.lines.last { Terminal.write(AuditReport.text(line)) }
    }
    report.seconds = (ContinuousClock.now - began).inSeconds
    return report
  }
}
