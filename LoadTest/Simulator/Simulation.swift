import Contracts
import LoadClient
import SampleShops
import Synchronization
import UnixSignals

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One simulation run: riders go online, order runs arrive on schedule and are drained, riders go offline.
struct Simulation: Sendable {
  let profile: LoadProfile
  let services: Services
  let accounts: AccountPool
  let journal: JournalWriter
  let environment: [String: String]

  /// Concurrent requests while riders go online or offline.
  private static let concurrency = 32

  /// - Throws: when the run can't start: a sign-in fails, there are no shops, or a rider can't go online.
  func run() async throws -> LoadReport {
    let actors = try await Actors(profile, accounts)
    let shops = try await OrderableShop.load(from: services.shop, count: profile.shops, of: actors.owners)
    let arrivals = profile.arrivals.times()
    // The preparation's measurements are discarded.
    let preparation = context(actors, shops, from: .now)
    try await forEachConcurrently(count: profile.riderCount, concurrency: Self.concurrency) { number in
      try await Rider(number: number, context: preparation).begin()
    }
    let start = ContinuousClock.now
    let header = ReportHeader(schema: "baedal.load", startedAt: Timestamp(milliseconds: WallClock.milliseconds), environment)
    let context = context(actors, shops, from: start)
    let used = ProcessorTime.seconds
    writeRun()
    await runAll(arrivals, in: context, from: start)
    let seconds = start.duration(to: .now).inSeconds
    let processors = (ProcessorTime.seconds - used) / seconds
    try await forEachConcurrently(count: profile.riderCount, concurrency: Self.concurrency) { number in
      await Rider(number: number, context: preparation).end()
    }
    journal.flush()
    return LoadReport(header, context.measurements.values, profile: profile, seconds: seconds, processors: processors)
  }

  private func context(_ actors: Actors, _ shops: [OrderableShop], from start: ContinuousClock.Instant) -> SimulationContext {
    let lastArrival = start + .seconds(profile.duration)
    let measurements = RunMeasurements(start: start)
    return SimulationContext(
      profile: profile, services: services, actors: actors,
      requests: Requests(
        measurements: measurements, toleratesOutages: profile.toleratesOutages, end: lastArrival + profile.drain),
      measurements: measurements, journal: journal, shops: shops, fleet: RiderFleet(measurements: measurements),
      lastArrival: lastArrival)
  }

  /// Runs riders and order runs concurrently, until the last order run has ended or the drain time is over.
  private func runAll(_ arrivals: [Double], in context: SimulationContext, from start: ContinuousClock.Instant) async {
    let arrivalStop = ArrivalStop()
    await withTaskGroup(of: Void.self) { background in
      for number in 0..<profile.riderCount {
        background.addTask { await Rider(number: number, context: context).work() }
      }
      background.addTask { await ProgressReporter(context, start: start).run() }
      background.addTask { await arrivalStop.onSignal() }
      await withTaskGroup(of: Void.self) { first in
        first.addTask { await startOrderRuns(arrivals, in: context, from: start, arrivalStop) }
        first.addTask { try? await Task.sleep(until: context.requests.end) }
        await first.next()
        first.cancelAll()
      }
      context.fleet.dismiss()
      background.cancelAll()
    }
  }

  private func startOrderRuns(
    _ arrivals: [Double], in context: SimulationContext, from start: ContinuousClock.Instant, _ arrivalStop: ArrivalStop
  ) async {
    await withDiscardingTaskGroup { group in
      for (number, second) in arrivals.enumerated() {
        let intended = start + .seconds(second)
        try? await Task.sleep(until: intended, tolerance: .zero)
        if Task.isCancelled || arrivalStop.isRequested { break }
        group.addTask {
          var run = OrderRun(
            context, OrderRunPlan(number: number, profile: context.profile, shops: context.shops), intended: intended)
          await run.run()
        }
      }
    }
  }

  private func writeRun() {
    journal.write(
      "run",
      """
      "seed":\(profile.seed),"rate":\(profile.rate),"duration":\(profile.duration),"unhappy":\(profile.unhappy),\
      "ways":[\(profile.scenarios.map { $0.rawValue.quoted }.joined(separator: ","))],"tolerateOutages":\(profile.toleratesOutages)
      """)
  }
}

/// Stops the arrivals on SIGINT or SIGTERM; order runs that have started continue.
private final class ArrivalStop: Sendable {
  private let requested = Mutex(false)

  var isRequested: Bool { requested.withLock { $0 } }

  /// A second signal ends the process.
  func onSignal() async {
    for await signal in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
      let isSecond = requested.withLock { requested in
        defer { requested = true }
        return requested
      }
      if isSecond { exit(signal == .sigint ? 130 : 143) }
      Terminal.writeError("\nno more order runs start; waiting for the open ones (interrupt again to exit at once)\n")
    }
  }
}
