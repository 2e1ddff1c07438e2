import ServiceDefaults
import Web

@main
struct App {
  static func main() async {
    await ServiceMain.run("review", settings: ReviewSettings.all) { try await buildReview($0) }
  }
}
