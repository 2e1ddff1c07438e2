import Contracts
import RandomNumbers

/// The geography of a district: its center, its quarters (법정동, written without the 동) and some of its streets.
struct Neighbourhoods: Sendable {
  /// Millionths of a degree north, WGS 84.
  let latitude: Int
  /// Millionths of a degree east.
  let longitude: Int
  let dongs: [String]
  let roads: [String]

  private init(_ latitude: Int, _ longitude: Int, _ dongs: String, _ roads: String) {
    self.latitude = latitude
    self.longitude = longitude
    self.dongs = dongs.split(separator: " ").map { String($0) }
    self.roads = roads.split(separator: " ").map { String($0) }
  }

  /// A location within 800 m of the center on both axes, which fits every district.
  func location(using random: inout SplitMix64) -> Location {
    Location(
      latitude: Double(latitude + random.number(in: -7200...7200)) / 1_000_000,
      longitude: Double(longitude + random.number(in: -9000...9000)) / 1_000_000)
  }

  static func of(_ district: District) -> Neighbourhoods {
    switch district {
    case .dobong: dobong
    case .dongdaemun: dongdaemun
    case .dongjak: dongjak
    case .eunpyeong: eunpyeong
    case .gangbuk: gangbuk
    case .gangdong: gangdong
    case .gangnam: gangnam
    case .gangseo: gangseo
    case .geumcheon: geumcheon
    case .guro: guro
    case .gwanak: gwanak
    case .gwangjin: gwangjin
    case .jongno: jongno
    case .jung: jung
    case .jungnang: jungnang
    case .mapo: mapo
    case .nowon: nowon
    case .seocho: seocho
    case .seodaemun: seodaemun
    case .seongbuk: seongbuk
    case .seongdong: seongdong
    case .songpa: songpa
    case .yangcheon: yangcheon
    case .yeongdeungpo: yeongdeungpo
    case .yongsan: yongsan
    }
  }

  private static let dobong = Self(37_662_000, 127_038_000, "쌍문 방학 창 도봉", "도봉로 노해로 마들로 시루봉로")
  private static let dongdaemun = Self(
    37_578_000, 127_048_000, "회기 이문 휘경 전농 답십리 장안 제기 용두 청량리", "왕산로 회기로 답십리로 천호대로")
  private static let dongjak = Self(
    37_501_000, 126_951_000, "노량진 상도 흑석 사당 대방 신대방 동작 본", "노량진로 상도로 동작대로 사당로")
  private static let eunpyeong = Self(
    37_611_000, 126_925_000, "불광 응암 녹번 갈현 구산 대조 역촌 신사 증산 진관", "은평로 통일로 연서로 진흥로")
  private static let gangbuk = Self(37_632_000, 127_022_000, "미아 번 수유 우이", "도봉로 한천로 삼양로 솔샘로")
  private static let gangdong = Self(
    37_540_000, 127_138_000, "천호 성내 길 둔촌 암사 명일 고덕 상일", "천호대로 양재대로 구천면로 올림픽로")
  private static let gangnam = Self(
    37_501_000, 127_047_000, "역삼 논현 삼성 대치 신사 청담 도곡 개포 압구정", "테헤란로 강남대로 논현로 언주로 선릉로 도산대로")
  private static let gangseo = Self(37_556_000, 126_840_000, "화곡 등촌 염창 가양 마곡 방화 공항 내발산", "공항대로 화곡로 강서로 양천로")
  private static let geumcheon = Self(37_460_000, 126_899_000, "가산 독산 시흥", "가산디지털로 시흥대로 독산로 금하로")
  private static let guro = Self(37_494_000, 126_860_000, "구로 신도림 고척 개봉 오류 가리봉 궁 항", "구로중앙로 경인로 디지털로 고척로")
  private static let gwanak = Self(37_478_000, 126_942_000, "봉천 신림 남현", "관악로 신림로 남부순환로 봉천로 쑥고개로")
  private static let gwangjin = Self(37_547_000, 127_085_000, "화양 자양 구의 광장 군자 중곡 능", "능동로 아차산로 자양로 광나루로")
  private static let jongno = Self(
    37_580_000, 126_985_000, "혜화 부암 평창 삼청 가회 익선 관철 청진 인사 관훈", "종로 대학로 자하문로 율곡로 삼일대로")
  private static let jung = Self(37_560_000, 126_994_000, "명 신당 황학 중림 필 회현 무학 흥인", "을지로 퇴계로 다산로 장충단로")
  private static let jungnang = Self(37_598_000, 127_090_000, "면목 상봉 중화 묵 망우 신내", "망우로 동일로 면목로 봉화산로")
  private static let mapo = Self(
    37_556_000, 126_921_000, "서교 합정 망원 연남 상수 성산 상암 공덕 도화 아현", "양화로 월드컵로 마포대로 와우산로 동교로")
  private static let nowon = Self(37_648_000, 127_068_000, "월계 공릉 하계 중계 상계", "노해로 동일로 화랑로 한글비석로")
  private static let seocho = Self(37_489_000, 127_014_000, "서초 반포 잠원 방배 양재 내곡", "서초대로 반포대로 방배로 사평대로 강남대로")
  private static let seodaemun = Self(
    37_574_000, 126_939_000, "연희 신촌 창천 홍제 홍은 남가좌 북가좌 북아현 대현", "연세로 연희로 통일로 모래내로")
  private static let seongbuk = Self(
    37_600_000, 127_020_000, "성북 돈암 동선 안암 길음 정릉 종암 장위 석관 보문", "동소문로 보문로 정릉로 종암로")
  private static let seongdong = Self(
    37_552_000, 127_041_000, "성수 행당 금호 옥수 응봉 마장 사근 하왕십리", "왕십리로 성수이로 뚝섬로 고산자로")
  private static let songpa = Self(
    37_504_000, 127_113_000, "잠실 신천 송파 석촌 가락 문정 방이 오금 거여", "올림픽로 송파대로 백제고분로 오금로")
  private static let yangcheon = Self(37_523_000, 126_858_000, "목 신월 신정", "목동로 신월로 오목로 목동동로")
  private static let yeongdeungpo = Self(
    37_520_000, 126_908_000, "여의도 당산 문래 영등포 신길 대림 양평 도림", "국제금융로 당산로 영등포로 도림로 여의대방로")
  private static let yongsan = Self(
    37_536_000, 126_980_000, "이태원 한남 보광 후암 효창 청파 이촌 갈월 서빙고", "이태원로 한남대로 한강대로 녹사평대로")
}
