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

/// One run: riders come, lives arrive on their own schedule, the last are waited for, riders go.
struct Simulation: Sendable {
  let profile: LoadProfile
  let services: Services
  let people: People
  let journal: Journal

  /// How many riders are registered, or sent home, at once.
  private static let concurrency = 32

  /// - Throws: when the run can't begin: people who can't sign in, no shops, or riders that the service refuses.
  func run() async throws -> Report {
    let actors = try await Actors(profile, people)
    let shops = try await KnownShop.load(from: services.shop, count: profile.shops, of: actors.owners)
    let arrivals = profile.arrivals.times()
    // What is measured before the run is no part of it.
    let preparation = context(actors, shops, from: .now)
    try await inTurns(count: profile.riderCount, concurrency: Self.concurrency) { number in
      try await Rider(number: number, context: preparation).begin()
    }
    let start = ContinuousClock.now
    let context = context(actors, shops, from: start)
    let used = ProcessorTime.seconds
    writeRun()
    await live(arrivals, in: context, from: start)
    let seconds = start.duration(to: .now).inSeconds
    let processors = (ProcessorTime.seconds - used) / seconds
    try await inTurns(count: profile.riderCount, concurrency: Self.concurrency) { number in
      await Rider(number: number, context: preparation).end()
    }
    journal.flush()
    return Report(context.measurements.values, profile: profile, seconds: seconds, processors: processors)
  }

  private func context(_ actors: Actors, _ shops: [KnownShop], from start: ContinuousClock.Instant) -> SimulationContext {
    let lastArrival = start + .seconds(profile.duration)
    let measurements = Measurements()
    return SimulationContext(
      profile: profile, services: services, actors: actors,
      requests: Requests(
        measurements: measurements, toleratesOutages: profile.toleratesOutages, end: lastArrival + profile.drain),
      measurements: measurements, journal: journal, shops: shops, fleet: RiderFleet(measurements: measurements),
      lastArrival: lastArrival)
  }

  /// Riders and lives side by side, until the last life has ended or may be waited for no longer.
  private func live(_ arrivals: [Double], in context: SimulationContext, from start: ContinuousClock.Instant) async {
    let closing = Closing()
    await withTaskGroup(of: Void.self) { background in
      for number in 0..<profile.riderCount {
        background.addTask { await Rider(number: number, context: context).work() }
      }
      background.addTask { await Progress(context, start: start).run() }
      background.addTask { await closing.onSignal() }
      await withTaskGroup(of: Void.self) { first in
        first.addTask { await runs(arrivals, in: context, from: start, closing) }
        first.addTask { try? await Task.sleep(until: context.requests.end) }
        await first.next()
        first.cancelAll()
      }
      context.fleet.dismiss()
      background.cancelAll()
    }
  }

  private func runs(_ arrivals: [Double], in context: SimulationContext, from start: ContinuousClock.Instant, _ closing: Closing)
    async
  {
    await withDiscardingTaskGroup { group in
      for (number, second) in arrivals.enumerated() {
        let intended = start + .seconds(second)
        try? await Task.sleep(until: intended, tolerance: .zero)
        if Task.isCancelled || closing.isClosed { break }
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

/// Ends the arrivals early when somebody interrupts the run; lives that began go on to their end.
private final class Closing: Sendable {
  private let closed = Mutex(false)

  var isClosed: Bool { closed.withLock { $0 } }

  /// The second signal ends the process.
  func onSignal() async {
    for await signal in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
      let again = closed.withLock { closed in
        defer { closed = true }
        return closed
      }
      if again { exit(signal == .sigint ? 130 : 143) }
      Terminal.writeError("\nno more lives begin; waiting for those that are open (once more to end at once)\n")
    }
  }
}
