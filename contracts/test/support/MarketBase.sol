// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Court} from "../../src/Court.sol";
import {Market} from "../../src/Market.sol";
import {ModuleRegistry} from "../../src/ModuleRegistry.sol";
import {ICourt} from "../../src/interfaces/ICourt.sol";
import {IMarket} from "../../src/interfaces/IMarket.sol";
import {Deal, DealStatus, Opening, Phase, Result, Verdict} from "../../src/interfaces/Types.sol";
import {MockBeacon} from "./MockBeacon.sol";
import {TestBase} from "./TestBase.sol";
import {TestToken} from "./Tokens.sol";

/// @notice A deployment with funded parties, and the moves of a deal and of a dispute in one line each.
abstract contract MarketBase is TestBase {
    uint256 internal constant CREATOR_KEY = 0xC0;
    uint256 internal constant PROVIDER_KEY = 0xB0;
    uint256 internal constant MEDIATOR_KEY = 0x1000;
    uint256 internal constant UNIT = 1 ether;
    uint256 internal constant FUNDS = 1_000 ether;
    bytes32 internal constant SALT = keccak256("salt");
    bytes32 internal constant UNVERIFIABLE = keccak256("lilynode.unverifiable");
    uint32 internal constant COOLDOWN = 7 days;
    uint32 internal constant REVEAL_TIME = 600;
    uint16 internal constant FEE_BPS = 100;
    uint96 internal constant TOKEN_SEAT_FEE = 0.01 ether;
    address internal constant POOL = address(0x9001);
    address internal constant STEWARD = address(0x57E3);

    Market internal market;
    Court internal court;
    MockBeacon internal beacon;
    ModuleRegistry internal registry;
    address internal creator;
    address internal provider;
    TestToken internal token;
    uint32 internal appealTime;
    uint96 internal minSeatFee;
    uint256 internal mediators;

    function setUp() public virtual {
        creator = vm.addr(CREATOR_KEY);
        provider = vm.addr(PROVIDER_KEY);
        // By name, so that not every test carries the contracts' code.
        token = new TestToken();
        beacon = MockBeacon(vm.deployCode("MockBeacon.sol:MockBeacon"));
        registry = ModuleRegistry(vm.deployCode("ModuleRegistry.sol:ModuleRegistry", abi.encode(STEWARD)));
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        court = Court(vm.deployCode("Court.sol:Court", abi.encode(predicted, beacon, _courtParams())));
        market = Market(payable(vm.deployCode("Market.sol:Market", abi.encode(_marketParams(address(court))))));
        ok(address(market) == predicted, "market is where the court expects it");
        _fund(creator);
        _fund(provider);
    }

    function _courtParams() internal view returns (ICourt.CourtParams memory) {
        return ICourt.CourtParams(uint128(UNIT), COOLDOWN, 600, 2, REVEAL_TIME, appealTime);
    }

    function _marketParams(address court_) internal view returns (IMarket.MarketParams memory) {
        return IMarket.MarketParams(
            court_, address(registry), POOL, FEE_BPS, 1 days, 7 days, minSeatFee, address(token), TOKEN_SEAT_FEE
        );
    }

    // --- parties

    function _fund(address account) internal {
        vm.deal(address(this), FUNDS);
        market.depositFor{value: FUNDS}(account);
    }

    function _free(address account) internal view returns (uint256) {
        return market.balanceOf(address(0), account);
    }

    /// @notice `count` more mediators with one slot each, old enough for the next request.
    function _seat(uint256 count) internal {
        for (uint256 i = 0; i < count; ++i) {
            address mediator = vm.addr(MEDIATOR_KEY + mediators++);
            vm.deal(mediator, UNIT);
            vm.prank(mediator);
            court.join{value: UNIT}(1);
        }
        vm.warp(block.timestamp + 1);
    }

    function _keyOf(address mediator) internal view returns (uint256) {
        for (uint256 i = 0; i < mediators; ++i) {
            if (vm.addr(MEDIATOR_KEY + i) == mediator) return MEDIATOR_KEY + i;
        }
        revert NotTrue("a known mediator");
    }

    // --- a deal

    function _terms() internal view returns (Deal memory deal) {
        deal.creator = creator;
        deal.provider = provider;
        deal.price = 1 ether;
        deal.collateral = 10 ether;
        deal.seatFee = 0.01 ether;
        deal.jobs = 1;
        deal.runTime = 1 hours;
        deal.window = 2 hours;
        deal.seats = 3;
        deal.rounds = 2;
        deal.validUntil = uint64(block.number + 4);
    }

    function _result() internal pure returns (Result memory) {
        return Result(keccak256("result"), 0, 2_500_000);
    }

    function _digest(Result memory result) internal pure returns (bytes32) {
        return keccak256(abi.encode(result.root, result.status, result.used));
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _typed(bytes32 structHash) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", market.domainSeparator(), structHash));
    }

    function _acceptance(bytes32 id, Result memory result) internal view returns (bytes32) {
        return _typed(keccak256(abi.encode(keccak256("Accept(bytes32 deal,bytes32 result)"), id, _digest(result))));
    }

    function _cancellation(bytes32 id) internal view returns (bytes32) {
        return _typed(keccak256(abi.encode(keccak256("Cancel(bytes32 deal)"), id)));
    }

    function _commit(Deal memory deal) internal returns (bytes32 id) {
        bytes memory signature = _sign(CREATOR_KEY, market.hashDeal(deal));
        vm.prank(deal.provider);
        return market.commit(deal, signature);
    }

    function _submit(Deal memory deal, Result memory result) internal {
        bytes32 commitment = keccak256(abi.encode(_digest(result), SALT, deal.provider));
        vm.prank(deal.provider);
        market.submit(deal, commitment);
    }

    function _challenge(Deal memory deal) internal {
        vm.prank(deal.creator);
        market.challenge(deal);
    }

    /// @notice None -> Disputed, waiting for its seed.
    function _dispute(Deal memory deal, Result memory result) internal returns (bytes32 id) {
        id = _commit(deal);
        _submit(deal, result);
        _challenge(deal);
    }

    // --- a dispute

    function _draw(Deal memory deal) internal returns (address[] memory members) {
        beacon.give(keccak256(abi.encode("seed", beacon.nextRound())));
        court.draw(deal);
        bytes32 id = market.hashDeal(deal);
        return court.committeeOf(id, court.disputeOf(id).round);
    }

    function _ballot(bytes32 id, address member, bytes32 digest) internal view returns (bytes32) {
        uint8 round = court.disputeOf(id).round;
        return keccak256(abi.encode(block.chainid, address(court), id, round, member, digest, SALT));
    }

    function _vote(bytes32 id, uint8 seat, bytes32 digest) internal {
        address member = court.committeeOf(id, court.disputeOf(id).round)[seat];
        bytes32 commitment = _ballot(id, member, digest);
        vm.prank(member);
        court.commitVote(id, seat, commitment);
    }

    /// @notice Commits and reveals `votes` by seat (0 = silent), opens the result, and leaves the round to be tallied.
    function _runRound(Deal memory deal, bytes32[] memory votes, Result memory opened) internal {
        bytes32 id = market.hashDeal(deal);
        bool isComplete = true;
        for (uint8 seat = 0; seat < votes.length; ++seat) {
            if (votes[seat] != 0) _vote(id, seat, votes[seat]);
            else isComplete = false;
        }
        if (!isComplete) vm.warp(court.disputeOf(id).commitEnd + 1);
        for (uint8 seat = 0; seat < votes.length; ++seat) {
            if (votes[seat] != 0) court.revealVote(id, seat, votes[seat], SALT);
        }
        if (!court.disputeOf(id).isOpened) court.openResult(deal, opened, SALT);
    }

    function _all(uint256 seats, bytes32 digest) internal pure returns (bytes32[] memory votes) {
        votes = new bytes32[](seats);
        for (uint256 i = 0; i < seats; ++i) {
            votes[i] = digest;
        }
    }

    // --- expectations

    function _expectStatus(bytes32 id, DealStatus expected) internal view {
        (DealStatus status,,) = market.stateOf(id);
        eq(uint256(status), uint256(expected), "status");
    }

    function _expectPhase(bytes32 id, Phase expected) internal view {
        eq(uint256(court.disputeOf(id).phase), uint256(expected), "phase");
    }

    function _expectVerdict(bytes32 id, Verdict expected) internal view {
        eq(uint256(court.verdictOf(id)), uint256(expected), "verdict");
    }

    /// @notice Everything ever deposited is somewhere: nothing was made or lost.
    function _expectNothingLocked() internal view {
        uint256 total = _free(creator) + _free(provider) + _free(POOL);
        for (uint256 i = 0; i < mediators; ++i) {
            total += _free(vm.addr(MEDIATOR_KEY + i));
        }
        eq(total, address(market).balance, "free balances are all the money");
    }
}
