// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {PrevrandaoBeacon} from "../src/PrevrandaoBeacon.sol";
import {IRandomnessBeacon} from "../src/interfaces/IRandomnessBeacon.sol";
import {Rlp} from "../src/libraries/Rlp.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev Answers as the EIP-2935 contract would.
contract History {
    mapping(uint256 number => bytes32) private _hashes;

    function put(uint256 number, bytes32 hash) external {
        _hashes[number] = hash;
    }

    fallback(bytes calldata data) external returns (bytes memory) {
        return abi.encode(_hashes[abi.decode(data, (uint256))]);
    }
}

/// @notice Proofs of headers. The header is made here; a real one is proved in test/contracts/flow.test.ts.
contract PrevrandaoBeaconTest is TestBase {
    event Fulfilled(uint64 indexed round, bytes32 seed);

    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    bytes32 private constant MIX = keccak256("mixHash");
    uint64 private constant ROUND = 900;

    PrevrandaoBeacon private beacon;
    bytes private header;

    function setUp() public {
        beacon = new PrevrandaoBeacon(2, 8_191);
        header = _header(32);
    }

    function test_nextRound_isAhead() public view {
        eq(beacon.nextRound(), block.number + 2, "lookahead");
        eq(beacon.seedOf(ROUND), 0, "unknown");
    }

    function test_fulfil_readsMixHashOfTheHeader() public {
        vm.setBlockhash(ROUND, keccak256(header));
        vm.expectEmit();
        emit Fulfilled(ROUND, MIX);
        eq(beacon.fulfil(ROUND, header), MIX, "seed");
        eq(beacon.seedOf(ROUND), MIX, "kept");
        eq(beacon.fulfil(ROUND, ""), MIX, "again without a proof");
    }

    function test_fulfil_refusesAnotherHeader() public {
        vm.setBlockhash(ROUND, keccak256(header));
        bytes memory other = header;
        other[200] ^= 0x01;
        vm.expectRevert(abi.encodeWithSelector(IRandomnessBeacon.BeaconBadProof.selector, ROUND));
        beacon.fulfil(ROUND, other);
    }

    function test_fulfil_notBeforeTheBlockIsOver() public {
        uint64 now_ = uint64(block.number);
        vm.expectRevert(abi.encodeWithSelector(IRandomnessBeacon.BeaconRoundNotOver.selector, now_, now_));
        beacon.fulfil(now_, header);
    }

    function test_fulfil_readsOlderBlocksFromTheHistoryContract() public {
        History history = new History();
        vm.etch(HISTORY, address(history).code);
        History(HISTORY).put(ROUND, keccak256(header));
        vm.roll(uint256(ROUND) + 8_191);
        eq(beacon.fulfil(ROUND, header), MIX, "seed");
    }

    function test_fulfil_notBeyondTheWindow() public {
        vm.roll(uint256(ROUND) + 8_192);
        vm.expectRevert(abi.encodeWithSelector(IRandomnessBeacon.BeaconNoHistory.selector, ROUND));
        beacon.fulfil(ROUND, header);
    }

    function test_fulfil_needsTheHistoryContractForOlderBlocks() public {
        vm.roll(uint256(ROUND) + 300);
        vm.etch(HISTORY, "");
        vm.expectRevert(abi.encodeWithSelector(IRandomnessBeacon.BeaconNoHistory.selector, ROUND));
        beacon.fulfil(ROUND, header);
        vm.etch(HISTORY, address(new History()).code);
        vm.expectRevert(abi.encodeWithSelector(IRandomnessBeacon.BeaconNoHistory.selector, ROUND));
        beacon.fulfil(ROUND, header);
    }

    function test_fulfil_refusesAFieldThatIsNoWord() public {
        header = _header(31);
        vm.setBlockhash(ROUND, keccak256(header));
        vm.expectRevert(abi.encodeWithSelector(Rlp.RlpNotAWord.selector, 13));
        beacon.fulfil(ROUND, header);
    }

    function test_lateAt_onlyWhenABlockCanNoLongerBeProved() public {
        vm.roll(uint256(ROUND) + 8_191);
        eq(beacon.lateAt(ROUND), type(uint256).max, "still provable");
        vm.roll(uint256(ROUND) + 8_192);
        eq(beacon.lateAt(ROUND), 0, "late");
    }

    function test_constructor_refusesBadParams() public {
        uint64[2][3] memory bad = [[uint64(0), 1], [uint64(1), 0], [uint64(1), 8_192]];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(PrevrandaoBeacon.BeaconBadParams.selector);
            new PrevrandaoBeacon(bad[i][0], bad[i][1]);
        }
    }

    /// @dev A header with every kind of RLP item in front of mixHash: words, a long string, empty, one byte, short.
    function _header(uint8 mixSize) private pure returns (bytes memory) {
        bytes memory word = abi.encodePacked(hex"a0", keccak256("a word"));
        bytes memory front = abi.encodePacked(word, word, hex"94", address(1), word, word, word);
        bytes memory bloom = abi.encodePacked(hex"b90100", new bytes(256));
        bytes memory numbers = abi.encodePacked(hex"80", hex"820384", hex"8401c9c380", hex"05", hex"84655a0000");
        bytes memory mix = new bytes(mixSize);
        for (uint256 i = 0; i < mixSize; ++i) {
            mix[i] = MIX[i];
        }
        bytes memory back = abi.encodePacked(uint8(0x80 + mixSize), mix, hex"880000000000000000", hex"07", word);
        bytes memory body = abi.encodePacked(front, bloom, numbers, hex"c3010203", back); // an item that is a list
        return abi.encodePacked(hex"f9", uint16(body.length), body);
    }
}
