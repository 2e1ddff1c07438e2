import Web

@main
struct App {
  static func main() async {
    await ServiceMain.run("review", port: 8105, settings: ReviewSettings.all) { try await buildReview($0) }
  }
}
