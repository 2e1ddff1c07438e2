import ArgumentParser
import Contracts
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
    let environment = ProcessInfo.processInfo.environment
    let configuration: AuditConfiguration
    do {
      configuration = try AuditConfiguration(environment)
    } catch {
      Terminal.writeError("auditor: \(error)\n")
      throw ExitCode.failure
    }
    let report = try await AuditContext.with(configuration, journal: journal) { [self] context in
      try await audit(context, environment)
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

  private func audit(_ context: AuditContext, _ environment: [String: String]) async throws -> AuditReport {
    let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    var report = AuditReport(ReportHeader(schema: "baedal.audit", startedAt: now, environment))
    let began = ContinuousClock.now
    var seconds: Double { (ContinuousClock.now - began).inSeconds }
    let outstanding = await Quiescence(context: context).wait(upTo: .seconds(settle)) { report.series.observe($0, at: seconds) }
    if let outstanding { Terminal.write("Not quiescent after \(settle) s: \(outstanding)\n") }
    report.settled = AuditReport.Settling(seconds: seconds, outstanding: outstanding)
    for invariant in Invariant.all {
      let start = seconds
      do {
        report.add(invariant, try await invariant.check(context), from: start, to: seconds)
      } catch {
        report.add(invariant, Finding(), failed: error, from: start, to: seconds)
      }
      if let line = report.lines.last { Terminal.write(AuditReport.text(line)) }
    }
    report.seconds = seconds
    return report
  }
}
