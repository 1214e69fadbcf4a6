import Foundation
import XCTest

@testable import RunnerCore

final class GoldenTests: XCTestCase {
    /// Lines that other runners wrote come out of our parser and encoder as they went in.
    func testTranscriptsAreWrittenTheSame() throws {
        for name in ["good", "rated", "stopped_in_warmup", "model_refused"] {
            for line in try Golden.lines("\(name).ndjson") {
                XCTAssertEqual(line + [0x0A], try JSON(parsing: line).line, name)
            }
        }
    }

    /// Each of our events says at least what the same one of the golden launch says.
    func testLaunchSaysWhatTheGoodTranscriptSays() throws {
        let desk = try Desk()
        try desk.launch()
        let optional: Set<String> = ["partitions"]
        for line in try Golden.lines("good.ndjson") {
            let golden = try JSON(parsing: line)
            let ours = desk.sink.only(golden["ev"].string).first ?? .null
            XCTAssertEqual([], golden.names.subtracting(ours.names).subtracting(optional))
        }
    }

    func testSplitMix64() throws {
        let vectors = try JSON(parsing: Array(Golden.text("seeded_inputs.json").utf8))
        for seed in vectors["splitmix64"].names {
            guard case .list(let expected) = vectors["splitmix64"][seed] else { return XCTFail() }
            var generator = SplitMix64(seed: UInt64(seed) ?? 0)
            for output in expected {
                XCTAssertEqual(UInt64(output.string, radix: 16), generator.next(), seed)
            }
        }
    }

    func testSeededInputsOfEveryType() throws {
        let vectors = try JSON(parsing: Array(Golden.text("seeded_inputs.json").utf8))
        for type in ElementType.allCases {
            let spec = TensorSpec(name: "x", type: type, shape: [2, 4])
            let expected = vectors["seed_7_2x4"][type.rawValue].string
            XCTAssertEqual(expected, hex(seededInputs([spec], seed: 7)[0].bytes), type.rawValue)
        }
    }

    func testInputsShareOneGenerator() throws {
        let vectors = try JSON(parsing: Array(Golden.text("seeded_inputs.json").utf8))
        let specs = [
            TensorSpec(name: "a", type: .uint8, shape: [3]),
            TensorSpec(name: "b", type: .float32, shape: [2, 2]),
        ]
        let ours = seededInputs(specs, seed: 7).map { hex($0.bytes) }
        let expected = vectors["seed_7_two_inputs"]
        XCTAssertEqual([expected["uint8_3"].string, expected["float32_2x2"].string], ours)
    }
}
