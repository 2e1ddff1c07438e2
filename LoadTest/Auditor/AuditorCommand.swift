@main
struct AuditorCommand {
  static func main() async {
  }
}
