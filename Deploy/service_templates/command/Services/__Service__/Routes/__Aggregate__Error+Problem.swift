import Hummingbird
import Web

extension __Aggregate__Error: HTTPResponseError {
  var status: HTTPResponse.Status { problem.status }

  func response(from request: Request, context: some RequestContext) -> Response {
    problem.response()
  }

  private var problem: Problem {
    switch self {
    case .unknown: .notFound("__code___not_found", "there is no such __words__")
    case .versionMismatch(let current): .versionMismatch(current: current)
    }
  }
}
