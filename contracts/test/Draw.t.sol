// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ICourt} from "../src/interfaces/ICourt.sol";
import {Deal, DealStatus, Phase, Verdict} from "../src/interfaces/Types.sol";
import {MarketBase} from "./support/MarketBase.sol";

/// @notice Seed -> Commit: who is drawn, and what cannot change it.
contract DrawTest is MarketBase {
    event Drawn(bytes32 indexed id, uint8 round, uint40 commitEnd, address[] members);
    event Rerequested(bytes32 indexed id, uint8 round, uint64 seedRound);

    Deal private deal;

    function setUp() public override {
        super.setUp();
        deal = _terms();
    }

    function test_draw_needsTheSeed() public {
        _seat(3);
        bytes32 id = _dispute(deal, _result());
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtSeedUnknown.selector, id, 1));
        court.draw(deal);
    }

    function test_draw_opensTheCommitPhase() public {
        _seat(3);
        bytes32 id = _dispute(deal, _result());
        address[] memory members = _draw(deal);
        eq(members.length, 3, "three seats");
        ICourt.DisputeView memory d = court.disputeOf(id);
        eq(uint256(d.phase), uint256(Phase.Commit), "phase");
        eq(d.commitEnd, block.timestamp + 600 + 2 * uint256(deal.runTime), "base + factor * runTime");
        eq(d.revealEnd, uint256(d.commitEnd) + REVEAL_TIME, "then the reveal");
        eq(court.seatsOf(id, 0).length, 3, "slots by seat");
        eq(court.committeeOf(id, 1).length, 0, "no second round");
    }

    function test_draw_onlyOnce() public {
        _seat(3);
        bytes32 id = _dispute(deal, _result());
        _draw(deal);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtUnexpectedPhase.selector, id, Phase.Commit, Phase.Seed));
        court.draw(deal);
    }

    function test_draw_voidsWithoutEnoughMediators() public {
        _seat(2);
        bytes32 id = _dispute(deal, _result());
        beacon.give(keccak256("seed"));
        court.draw(deal);
        _expectVerdict(id, Verdict.NoVerdict);
        _expectStatus(id, DealStatus.Void);
        eq(_free(creator), FUNDS, "creator has price and budget");
        eq(_free(provider), FUNDS, "provider has its collateral");
    }

    function test_draw_voidsWithoutAnySlots() public {
        bytes32 id = _dispute(deal, _result());
        beacon.give(keccak256("seed"));
        court.draw(deal);
        _expectStatus(id, DealStatus.Void);
    }

    function test_draw_neverSeatsTheParties() public {
        _seat(3);
        vm.deal(creator, 20 ether);
        vm.deal(provider, 20 ether);
        vm.prank(creator);
        court.join{value: 20 ether}(20);
        vm.prank(provider);
        court.join{value: 20 ether}(20);
        vm.warp(block.timestamp + 1);
        _dispute(deal, _result());
        address[] memory members = _draw(deal);
        for (uint256 i = 0; i < 3; ++i) {
            ok(members[i] != creator && members[i] != provider, "a party sits");
        }
    }

    function test_draw_neverSeatsSlotsOfTheSameSecond() public {
        _seat(3);
        vm.deal(address(0x1A7E), 50 ether);
        vm.prank(address(0x1A7E));
        court.join{value: 50 ether}(50);
        _dispute(deal, _result());
        address[] memory members = _draw(deal);
        for (uint256 i = 0; i < 3; ++i) {
            ok(members[i] != address(0x1A7E), "a latecomer sits");
        }
    }

    function testFuzz_draw_isNotChangedByWhatHappensAfterTheRequest(bytes32 seed, uint256 actions) public {
        vm.assume(seed != 0);
        _seat(12);
        bytes32 id = _dispute(deal, _result());
        beacon.give(seed);
        uint256 snapshot = vm.snapshotState();
        court.draw(deal);
        address[] memory expected = court.committeeOf(id, 0);
        vm.revertToState(snapshot);
        for (uint256 i = 0; i < 12; ++i) {
            if (actions >> i & 1 == 1) _leave(i);
            if (actions >> (i + 12) & 1 == 1) _seat(1);
        }
        vm.warp(block.timestamp + bound(actions >> 24, 0, COOLDOWN));
        court.draw(deal);
        address[] memory found = court.committeeOf(id, 0);
        for (uint256 i = 0; i < 3; ++i) {
            eq(found[i], expected[i], "the same seat");
        }
    }

    function testFuzz_draw_seatsDistinctOwners(bytes32 seed, uint8 seats) public {
        vm.assume(seed != 0);
        deal.seats = uint8(bound(seats, 1, 7));
        _seat(10);
        for (uint256 i = 0; i < 5; ++i) {
            address owner = vm.addr(MEDIATOR_KEY + i);
            vm.deal(owner, 3 ether);
            vm.prank(owner);
            court.join{value: 3 ether}(3);
        }
        vm.warp(block.timestamp + 1);
        bytes32 id = _dispute(deal, _result());
        beacon.give(seed);
        court.draw(deal);
        address[] memory members = court.committeeOf(id, 0);
        eq(members.length, deal.seats, "all seats");
        for (uint256 i = 0; i < members.length; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                ok(members[i] != members[j], "one seat each");
            }
        }
    }

    // --- seeds that do not come

    function test_rerequest_onlyWhenLate() public {
        _seat(3);
        bytes32 id = _dispute(deal, _result());
        beacon.setLateAt(block.timestamp + 100);
        vm.expectRevert(
            abi.encodeWithSelector(ICourt.CourtSeedNotLate.selector, id, 1, block.timestamp, block.timestamp + 100)
        );
        court.rerequest(id);
        vm.warp(block.timestamp + 101);
        beacon.giveUp();
        vm.expectEmit();
        emit Rerequested(id, 0, 2);
        court.rerequest(id);
        eq(court.disputeOf(id).tries, 1, "tries");
    }

    function test_rerequest_neverWhileTheSeedIsKnown() public {
        _seat(3);
        bytes32 id = _dispute(deal, _result());
        beacon.give(keccak256("seed"));
        beacon.setLateAt(0);
        vm.expectPartialRevert(ICourt.CourtSeedNotLate.selector);
        court.rerequest(id);
    }

    function test_rerequest_keepsTheSnapshot() public {
        _seat(3);
        bytes32 id = _dispute(deal, _result());
        uint40 requestedAt = court.disputeOf(id).requestedAt;
        beacon.setLateAt(0);
        vm.warp(block.timestamp + 1);
        _seat(20);
        beacon.giveUp();
        court.rerequest(id);
        eq(court.disputeOf(id).slots, 3, "slots");
        eq(court.disputeOf(id).requestedAt, requestedAt, "time");
    }

    function test_finalise_voidsAfterThreeSeedsThatNeverCame() public {
        _seat(3);
        bytes32 id = _dispute(deal, _result());
        beacon.setLateAt(0);
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ICourt.CourtUnexpectedPhase.selector, id, Phase.Seed, Phase.Tally));
            court.finalise(deal);
            court.rerequest(id);
        }
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtUnexpectedPhase.selector, id, Phase.Tally, Phase.Seed));
        court.rerequest(id);
        beacon.setLateAt(type(uint256).max);
        vm.expectPartialRevert(ICourt.CourtSeedNotLate.selector);
        court.finalise(deal);
        beacon.setLateAt(0);
        court.finalise(deal);
        _expectStatus(id, DealStatus.Void);
        _expectNothingLocked();
    }

    function _leave(uint256 mediator) private {
        uint32[] memory slots = new uint32[](1);
        slots[0] = uint32(mediator);
        vm.prank(vm.addr(MEDIATOR_KEY + mediator));
        court.leave(slots);
    }
}
