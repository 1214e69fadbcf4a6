import Foundation
import XCTest

@testable import RunnerCore

final class ParsingTests: XCTestCase {
    func testJSON() throws {
        let cases: [(String, JSON)] = [
            ("1", .whole(1)), ("1.0", .real(1)), ("1e2", .real(100)), ("-0.5", .real(-0.5)),
            ("true", .bool(true)), (" null ", .null), ("\"\\u00e9\\n\"", .text("é\n")),
            ("\"\\ud83d\\ude00\"", .text("😀")), ("[1,[]]", .list([.whole(1), .list([])])),
            ("9223372036854775807", .whole(Int.max)),
        ]
        for (text, expected) in cases {
            XCTAssertEqual(expected, try JSON(parsing: Array(text.utf8)), text)
        }
    }

    func testRefusedJSON() {
        let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        let texts = [
            "", "01", "1.", "-", "+1", "NaN", "1e999", "{", "{\"a\"}", "[1,]", "\"\\ud800\"",
            "\"\u{1}\"", "tru", "1 2", deep,
        ]
        for text in texts {
            XCTAssertThrowsError(try JSON(parsing: Array(text.utf8)), text)
        }
        XCTAssertThrowsError(try JSON(parsing: [0x22, 0xFF, 0x22]))
    }

    func testJob() throws {
        let job = try Job(Desk().job())
        XCTAssertEqual("net.mlpackage", job.variant)
        XCTAssertEqual(.runs(3), job.measure)
        XCTAssertEqual(0, job.controlRuns)
        XCTAssertTrue(job.engine.xnnpack)
    }

    func testRefusedJobs() throws {
        let desk = try Desk()
        let engine = "\"accelerator\":\"cpu\",\"threads\""
        let cases = [
            ("seed", "7.0"), ("seed", "-1"), ("seed", "true"), ("seed", "null"), ("fan", "1"),
            ("engine", "{\(engine):0}"), ("engine", "{\(engine):1,\"x\":1}"), ("rate_hz", "0"),
            ("measure", "{}"), ("measure", "{\"runs\":1,\"seconds\":1}"), ("sha256", "\"AB\""),
            ("control_runs", "10001"), ("eval", "[]"), ("ev", "\"hello\""),
        ]
        for (name, value) in cases {
            XCTAssertEqual(.badJob, code { try Job(desk.job([name: value])) }, "\(name) \(value)")
        }
        let newer = ["protocol": "2", "fan": "1"]
        XCTAssertEqual(.protocolMismatch, code { try Job(desk.job(newer)) })
    }

    func testLines() throws {
        var framer = LineFramer()
        XCTAssertEqual([], try framer.lines(adding: Array("ab".utf8)))
        XCTAssertEqual(["abc", ""], try framer.lines(adding: Array("c\n\nd".utf8)).map(text))
        XCTAssertEqual(["d"], try framer.lines(adding: Array("\n".utf8)).map(text))
        let long = [UInt8](repeating: 0x20, count: RunnerProtocol.maxLineBytes + 1)
        XCTAssertThrowsError(try framer.lines(adding: long))
    }

    func testSession() throws {
        let token = String(repeating: "0a", count: 32)
        let auth = "{\"ev\":\"auth\",\"protocol\":1,\"token\":\"\(token)\"}\n"
        let digest = "{\"ev\":\"digest\",\"paths\":[\"a\"]}\n"
        XCTAssertEqual("digest a", reaction(auth + digest, token))
        XCTAssertEqual("digest a, stop", reaction(auth + digest + "{}\n{\"ev\":\"stop\"}\n", token))
        XCTAssertEqual("", reaction(auth, token))
        XCTAssertEqual("close", reaction(auth, nil))
        XCTAssertEqual("close", reaction(digest, token))
        XCTAssertEqual("close", reaction(auth.replacingOccurrences(of: "0a0", with: "0b0"), token))
        XCTAssertEqual("refuse bad_job", reaction(auth + "{\"ev\":\"job\"}\n", token))
        let newer = auth.replacingOccurrences(of: ":1,", with: ":2,")
        XCTAssertEqual("refuse protocol_mismatch", reaction(newer, token))
    }

    private func reaction(_ sent: String, _ token: String?) -> String {
        var session = Session(token: token)
        return session.receive(Array(sent.utf8)).map(word).joined(separator: ", ")
    }

    private func word(_ reaction: Reaction) -> String {
        switch reaction {
        case .close: return "close"
        case .refuse(let failure): return "refuse \(failure.code.rawValue)"
        case .digest(let paths): return "digest \(paths.joined(separator: " "))"
        case .launch: return "launch"
        case .stop: return "stop"
        }
    }

    private func text(_ line: [UInt8]) -> String { String(decoding: line, as: UTF8.self) }

    private func code<Value>(_ work: () throws -> Value) -> FailureCode? {
        do {
            _ = try work()
            return nil
        } catch {
            return RunnerFailure.of(error).code
        }
    }
}
