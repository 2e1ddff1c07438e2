import LoadClient
import Synchronization

/// Prints the number of loaded shops once a second: on a terminal in one updated line, otherwise in lines.
final class LoadProgress: Sendable {
  private struct State {
    var done = 0
    var reported: ContinuousClock.Instant
  }

  private let total: Int
  private let quiet: Bool
  private let started = ContinuousClock.now
  private let terminal = Terminal.isInteractive
  private let state: Mutex<State>

  init(total: Int, quiet: Bool) {
    self.total = total
    self.quiet = quiet
    state = Mutex(State(reported: started))
  }

  func advance() {
    let done: Int? = state.withLock { state in
      state.done += 1
      guard state.reported.duration(to: .now) >= .seconds(1) && state.done < total else { return nil }
      state.reported = .now
      return state.done
    }
    if let done { show("\(done.grouped) of \(total.grouped) shops, \(rate(of: done))/s", last: false) }
  }

  func finished() {
    let seconds = started.duration(to: .now).inSeconds
    show("\(total.grouped) shops in \(seconds.text(decimals: 1)) s, \(rate(of: total))/s", last: true)
  }

  func failed(_ reason: String) {
    let done = state.withLock { $0.done }
    Terminal.writeError("sample-shops: stopped after \(done.grouped) of \(total.grouped) shops: \(reason)\n")
  }

  private func rate(of done: Int) -> String {
    (Double(done) / max(started.duration(to: .now).inSeconds, 0.001)).text(decimals: 0)
  }

  private func show(_ line: String, last: Bool) {
    guard !quiet else { return }
    Terminal.write(terminal ? "\r\u{1b}[K" + line + (last ? "\n" : "") : line + "\n")
  }
}
