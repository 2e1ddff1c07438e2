import Contracts
import TestSupport
import Testing

/// A row of the table with what is needed to ask for it.
struct MatrixRow: Sendable {
  let row: AccessRow
  let operation: APIOperation
  let world: AccessFixture

  /// Every cell in which nothing must happen.
  func askWhatIsRefused() async throws {
    for asker in Asker.allCases {
      switch row.cells[asker] {
      case .refused(let status): try await expect(status, asker, world.people.mine[asker])
      case .signed: try await expect(401, asker, world.people.mine[asker])
      case .own(let status): try await expect(status, asker, world.people.others[asker])
      case .ownList: #expect(try await list(world.people.others[asker]) == "[]", "\(row.name) by another \(asker)")
      case .allowed, nil: break
      }
    }
  }

  /// Every cell in which something may happen.
  func askWhatIsAllowed() async throws {
    for asker in Asker.allCases {
      switch row.cells[asker] {
      case .allowed, .own:
        let answer = try await ask(world.people.mine[asker])
        #expect(
          ![401, 403, 404].contains(answer.status) && operation.statuses.contains(answer.status),
          "\(row.name) by \(asker): \(answer.status) \(answer.text)")
      case .ownList: #expect(try await list(world.people.mine[asker]) != "[]", "\(row.name) by \(asker)")
      case .refused, .signed, nil: break
      }
    }
  }

  private func expect(_ status: Int, _ asker: Asker, _ person: People.Person?) async throws {
    let answer = try await ask(person)
    #expect(answer.status == status, "\(row.name) by \(asker): \(answer.status) \(answer.text)")
    #expect(operation.statuses.contains(status), "\(operation) doesn't describe \(status)")
    if status == 401 { #expect(answer.header("WWW-Authenticate") != nil, "\(row.name) by \(asker)") }
  }

  /// `[]` for a list without items, `[…]` for one with some, the status for what is no list.
  private func list(_ person: People.Person?) async throws -> String {
    let answer = try await ask(person)
    guard answer.status == 200 else { return "\(answer.status)" }
    return answer.text.contains(#""items":[]"#) ? "[]" : "[…]"
  }

  private func ask(_ person: People.Person?) async throws -> RESTAnswer {
    let key = "\(row.service) \(row.method) \(row.path.prefix { $0 != "?" })\(row.variant.isEmpty ? "" : "#\(row.variant)")"
    let body = operation.hasBody ? world.filledIn(Requests.body(key)) : nil
    var headers = row.method == "POST" ? ["Idempotency-Key": AccessFixture.newID().description] : [:]
    if let body, !body.hasPrefix("{") { headers["Content-Type"] = "application/x-www-form-urlencoded" }
    return try await RESTClient(world.stack[row.service].url, principal: person?.credential).send(
      row.method, world.filledIn(row.path), body, headers: headers)
  }
}

extension AccessFixture {
  /// What operators see of everything that the matrix's requests are about.
  func documents() async throws -> [String: String] {
    var documents: [String: String] = [:]
    for (service, path) in [
      ("shop", "/shops/<shop>"), ("shop", "/shops/<spareShop>"), ("order", "/orders/<order>"), ("payment", "/payments/<payment>"),
      ("rider", "/deliveries/<delivery>"), ("rider", "/riders/<rider>"), ("review", "/reviews/<review>"),
      ("identity", "/accounts/<customer>"), ("identity", "/accounts/<spareCustomer>"),
    ] where runs(service) {
      documents[path] = try await client(service, .operator).expect(200, "GET", filledIn(path)).text
    }
    return documents
  }
}
