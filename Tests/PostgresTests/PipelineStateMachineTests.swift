@testable import Postgres
import Testing

/// Requests are text and replies are numbers here; nothing is sent.
@Suite struct PipelineStateMachineTests {
  typealias Machine = PipelineStateMachine<String, Int>

  private func name(_ statement: Int, _ generation: Int) -> Machine.Name { .init(statement: statement, generation: generation) }

  private func serverError(_ state: String, fatal: Bool = false) -> PostgresError {
    PostgresError(.server, sqlState: state, message: "", detail: nil, constraint: nil, isFatal: fatal)
  }

  @Test("A statement is prepared once per connection, and again after a reconnect")
  func preparesOnce() {
    var machine = Machine()
    #expect(machine.send("a", statement: 7, attempt: .first) == .prepareAndExecute(name(7, 1)))
    #expect(machine.send("b", statement: 7, attempt: .first) == .execute(name(7, 1)))
    #expect(machine.send("c", statement: 8, attempt: .first) == .prepareAndExecute(name(8, 1)))
    _ = machine.connectionLost()
    #expect(machine.inFlight == 0)
    #expect(machine.send("d", statement: 7, attempt: .first) == .prepareAndExecute(name(7, 1)))
  }

  @Test("Replies complete requests first in, first out, and only at their Sync")
  func firstInFirstOut() throws {
    var machine = Machine()
    _ = machine.send("a", statement: 1, attempt: .first)
    _ = machine.send("b", statement: 1, attempt: .first)
    #expect(machine.receiveResult(0).isWait)  // of Parse
    #expect(machine.receiveResult(10).isWait)
    #expect(machine.inFlight == 2)
    #expect(machine.receiveSync().success == Success(request: "a", reply: 10))
    #expect(machine.receiveResult(20).isWait)
    #expect(machine.receiveSync().success == Success(request: "b", reply: 20))
    #expect(machine.inFlight == 0)
  }

  @Test("A failing request fails alone")
  func failsAlone() {
    var machine = Machine()
    _ = machine.send("a", statement: 1, attempt: .first)
    _ = machine.send("b", statement: 1, attempt: .first)
    _ = machine.receiveResult(0)
    #expect(machine.receiveError(serverError("23505")).isWait)
    #expect(machine.receiveSync().failure == Failure(request: "a", state: "23505"))
    _ = machine.receiveResult(20)
    #expect(machine.receiveSync().success == Success(request: "b", reply: 20))
  }

  @Test("An error at the commit, after the result, fails the request")
  func failsAtCommit() {
    var machine = Machine()
    _ = machine.send("a", statement: 1, attempt: .first)
    _ = machine.receiveResult(0)
    _ = machine.receiveResult(10)
    _ = machine.receiveError(serverError("23503"))
    #expect(machine.receiveSync().failure == Failure(request: "a", state: "23503"))
  }

  @Test("When Parse fails, requests that relied on it are resent once with their own Parse")
  func parseFails() {
    var machine = Machine()
    _ = machine.send("a", statement: 1, attempt: .first)
    _ = machine.send("b", statement: 1, attempt: .first)
    #expect(machine.receiveError(serverError("42P01")).isWait)
    #expect(machine.receiveAborted().isWait)
    #expect(machine.receiveSync().failure == Failure(request: "a", state: "42P01"))
    _ = machine.receiveError(serverError("26000"))
    #expect(machine.receiveSync().retried == "b")
    #expect(machine.send("b", statement: 1, attempt: .second) == .prepareAndExecute(name(1, 2)))
    _ = machine.receiveError(serverError("42P01"))
    _ = machine.receiveAborted()
    #expect(machine.receiveSync().failure == Failure(request: "b", state: "42P01"))
  }

  @Test("An outdated plan is prepared again under another name; each second attempt sends its own Parse")
  func outdatedPlan() {
    var machine = Machine()
    _ = machine.send("a", statement: 1, attempt: .first)
    _ = machine.receiveResult(0)
    _ = machine.receiveResult(1)
    _ = machine.receiveSync()
    _ = machine.send("b", statement: 1, attempt: .first)
    _ = machine.send("c", statement: 1, attempt: .first)
    _ = machine.receiveError(serverError("0A000"))
    #expect(machine.receiveSync().retried == "b")
    #expect(machine.send("b", statement: 1, attempt: .second) == .prepareAndExecute(name(1, 2)))
    _ = machine.receiveError(serverError("0A000"))
    #expect(machine.receiveSync().retried == "c")
    // The new Parse is in flight but not confirmed; a first attempt relies on it, a second one does not.
    #expect(machine.send("d", statement: 1, attempt: .first) == .execute(name(1, 2)))
    #expect(machine.send("c", statement: 1, attempt: .second) == .prepareAndExecute(name(1, 3)))
    _ = machine.receiveResult(0)
    _ = machine.receiveResult(2)
    #expect(machine.receiveSync().success == Success(request: "b", reply: 2))
  }

  @Test("Inside a transaction nothing is resent")
  func noRetryInTransaction() {
    var machine = Machine()
    _ = machine.send("a", statement: 1, attempt: .only)
    _ = machine.receiveResult(0)
    _ = machine.receiveError(serverError("0A000"))
    #expect(machine.receiveSync().failure == Failure(request: "a", state: "0A000"))
    #expect(machine.send("b", statement: 1, attempt: .only) == .prepareAndExecute(name(1, 2)))
  }

  @Test("A connection lost without an error leaves the outcome of all its requests unknown")
  func lostSilently() {
    var machine = Machine()
    _ = machine.send("a", statement: 1, attempt: .first)
    _ = machine.send("b", statement: 1, attempt: .first)
    let lost = machine.connectionLost()
    #expect(lost.map(\.request) == ["a", "b"])
    #expect(lost.map(\.loss) == [.unknown, .unknown])
  }

  @Test("A server that ends the connection with an error has not begun the later requests")
  func lostWithFatalError() {
    let goodbye = serverError("57P01", fatal: true)
    var machine = Machine()
    _ = machine.send("a", statement: 1, attempt: .first)
    _ = machine.send("b", statement: 1, attempt: .first)
    _ = machine.receiveResult(0)
    _ = machine.receiveError(goodbye)
    #expect(machine.connectionLost().map(\.loss) == [.aborted(goodbye), .notStarted])

    // With the result but without the Sync, the commit may have happened.
    _ = machine.send("a", statement: 1, attempt: .first)
    _ = machine.send("b", statement: 1, attempt: .first)
    _ = machine.receiveResult(0)
    _ = machine.receiveResult(1)
    _ = machine.receiveError(goodbye)
    #expect(machine.connectionLost().map(\.loss) == [.unknown, .notStarted])
  }

  @Test("Replies that match no request are violations")
  func violations() {
    var machine = Machine()
    #expect(machine.receiveResult(1).isViolation)
    #expect(machine.receiveError(serverError("XX000")).isViolation)
    #expect(machine.receiveAborted().isViolation)
    #expect(machine.receiveSync().isViolation)
    _ = machine.send("a", statement: 1, attempt: .first)
    #expect(machine.receiveAborted().isViolation)
    _ = machine.receiveResult(0)
    _ = machine.receiveResult(1)
    #expect(machine.receiveResult(2).isViolation)
  }
}

private struct Success: Equatable {
  let request: String
  let reply: Int
}

private struct Failure: Equatable {
  let request: String
  let state: String?
}

extension PipelineStateMachine<String, Int>.ReplyAction {
  fileprivate var isWait: Bool { if case .wait = self { true } else { false } }
  fileprivate var isViolation: Bool { if case .violation = self { true } else { false } }
  fileprivate var success: Success? {
    if case .succeed(let request, let reply) = self { Success(request: request, reply: reply) } else { nil }
  }
  fileprivate var failure: Failure? {
    if case .fail(let request, let error) = self { Failure(request: request, state: error.sqlState) } else { nil }
  }
  fileprivate var retried: String? { if case .retry(let request) = self { request } else { nil } }
}
