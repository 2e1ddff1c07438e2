@testable import Postgres
import Testing

/// Requests and answers are plain text here; nothing is sent.
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

  @Test("Answers go to requests first in, first out, and only at their Sync")
  func firstInFirstOut() throws {
    var machine = Machine()
    _ = machine.send("a", statement: 1, attempt: .first)
    _ = machine.send("b", statement: 1, attempt: .first)
    #expect(machine.receiveAnswer(0).isWait)  // of Parse
    #expect(machine.receiveAnswer(10).isWait)
    #expect(machine.inFlight == 2)
    #expect(machine.receiveSync().success == Success(request: "a", answer: 10))
    #expect(machine.receiveAnswer(20).isWait)
    #expect(machine.receiveSync().success == Success(request: "b", answer: 20))
    #expect(machine.inFlight == 0)
  }

  @Test("A failing request fails alone")
  func failsAlone() {
    var machine = Machine()
    _ = machine.send("a", statement: 1, attempt: .first)
    _ = machine.send("b", statement: 1, attempt: .first)
    _ = machine.receiveAnswer(0)
    #expect(machine.receiveError(serverError("23505")).isWait)
    #expect(machine.receiveSync().failure == Failure(request: "a", state: "23505"))
    _ = machine.receiveAnswer(20)
    #expect(machine.receiveSync().success == Success(request: "b", answer: 20))
  }

  @Test("An error at the commit, after the answer, fails the request")
  func failsAtCommit() {
    var machine = Machine()
    _ = machine.send("a", statement: 1, attempt: .first)
    _ = machine.receiveAnswer(0)
    _ = machine.receiveAnswer(10)
    _ = machine.receiveError(serverError("23503"))
    #expect(machine.receiveSync().failure == Failure(request: "a", state: "23503"))
  }

  @Test("When Parse fails, those that counted on it are sent again with a Parse of their own, once")
  func parseFails() {
    var machine = Machine()
    _ = machine.send("a", statement: 1, attempt: .first)
    _ = machine.send("b", statement: 1, attempt: .first)
    #expect(machine.receiveError(serverError("42P01")).isWait)
    #expect(machine.receiveAborted().isWait)
    #expect(machine.receiveSync().failure == Failure(request: "a", state: "42P01"))
    _ = machine.receiveError(serverError("26000"))
    #expect(machine.receiveSync().retried == "b")
    #expect(machine.send("b", statement: 1, attempt: .again) == .prepareAndExecute(name(1, 2)))
    _ = machine.receiveError(serverError("42P01"))
    _ = machine.receiveAborted()
    #expect(machine.receiveSync().failure == Failure(request: "b", state: "42P01"))
  }

  @Test("An outdated plan is prepared anew under another name; each second attempt brings its own Parse")
  func outdatedPlan() {
    var machine = Machine()
    _ = machine.send("a", statement: 1, attempt: .first)
    _ = machine.receiveAnswer(0)
    _ = machine.receiveAnswer(1)
    _ = machine.receiveSync()
    _ = machine.send("b", statement: 1, attempt: .first)
    _ = machine.send("c", statement: 1, attempt: .first)
    _ = machine.receiveError(serverError("0A000"))
    #expect(machine.receiveSync().retried == "b")
    #expect(machine.send("b", statement: 1, attempt: .again) == .prepareAndExecute(name(1, 2)))
    _ = machine.receiveError(serverError("0A000"))
    #expect(machine.receiveSync().retried == "c")
    // The new Parse is under way but not confirmed; a first attempt counts on it, a second one does not.
    #expect(machine.send("d", statement: 1, attempt: .first) == .execute(name(1, 2)))
    #expect(machine.send("c", statement: 1, attempt: .again) == .prepareAndExecute(name(1, 3)))
    _ = machine.receiveAnswer(0)
    _ = machine.receiveAnswer(2)
    #expect(machine.receiveSync().success == Success(request: "b", answer: 2))
  }

  @Test("Inside a transaction nothing is sent again")
  func noRetryInTransaction() {
    var machine = Machine()
    _ = machine.send("a", statement: 1, attempt: .only)
    _ = machine.receiveAnswer(0)
    _ = machine.receiveError(serverError("0A000"))
    #expect(machine.receiveSync().failure == Failure(request: "a", state: "0A000"))
    #expect(machine.send("b", statement: 1, attempt: .only) == .prepareAndExecute(name(1, 2)))
  }

  @Test("A connection lost without a word leaves everything on it unknown")
  func lostSilently() {
    var machine = Machine()
    _ = machine.send("a", statement: 1, attempt: .first)
    _ = machine.send("b", statement: 1, attempt: .first)
    let lost = machine.connectionLost()
    #expect(lost.map(\.request) == ["a", "b"])
    #expect(lost.map(\.loss) == [.unknown, .unknown])
  }

  @Test("A server that says goodbye has not begun what comes behind")
  func lostWithGoodbye() {
    let goodbye = serverError("57P01", fatal: true)
    var machine = Machine()
    _ = machine.send("a", statement: 1, attempt: .first)
    _ = machine.send("b", statement: 1, attempt: .first)
    _ = machine.receiveAnswer(0)
    _ = machine.receiveError(goodbye)
    #expect(machine.connectionLost().map(\.loss) == [.aborted(goodbye), .notStarted])

    // With the answer there and the Sync missing, the commit may be done.
    _ = machine.send("a", statement: 1, attempt: .first)
    _ = machine.send("b", statement: 1, attempt: .first)
    _ = machine.receiveAnswer(0)
    _ = machine.receiveAnswer(1)
    _ = machine.receiveError(goodbye)
    #expect(machine.connectionLost().map(\.loss) == [.unknown, .notStarted])
  }

  @Test("Replies that fit nothing are violations")
  func violations() {
    var machine = Machine()
    #expect(machine.receiveAnswer(1).isViolation)
    #expect(machine.receiveError(serverError("XX000")).isViolation)
    #expect(machine.receiveAborted().isViolation)
    #expect(machine.receiveSync().isViolation)
    _ = machine.send("a", statement: 1, attempt: .first)
    #expect(machine.receiveAborted().isViolation)
    _ = machine.receiveAnswer(0)
    _ = machine.receiveAnswer(1)
    #expect(machine.receiveAnswer(2).isViolation)
  }
}

private struct Success: Equatable {
  let request: String
  let answer: Int
}

private struct Failure: Equatable {
  let request: String
  let state: String?
}

extension PipelineStateMachine<String, Int>.ReplyAction {
  fileprivate var isWait: Bool { if case .wait = self { true } else { false } }
  fileprivate var isViolation: Bool { if case .violation = self { true } else { false } }
  fileprivate var success: Success? {
    if case .succeed(let request, let answer) = self { Success(request: request, answer: answer) } else { nil }
  }
  fileprivate var failure: Failure? {
    if case .fail(let request, let error) = self { Failure(request: request, state: error.sqlState) } else { nil }
  }
  fileprivate var retried: String? { if case .retry(let request) = self { request } else { nil } }
}
