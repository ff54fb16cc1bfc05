// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Market} from "../src/Market.sol";
import {ICourt} from "../src/interfaces/ICourt.sol";
import {IMarket} from "../src/interfaces/IMarket.sol";
import {Deal, Result, Ruling, Verdict} from "../src/interfaces/Types.sol";
import {TestBase} from "./support/TestBase.sol";

/// @notice Every end of a deal on a real Market against test/vectors/payouts.json. The test is the Court and the registry.
contract PayoutVectorsTest is TestBase {
    uint256 private constant CREATOR_KEY = 0xC0;
    address private constant PROVIDER = address(0xB0);
    address private constant CHALLENGER = address(0xCA);
    address private constant POOL = address(0x9001);
    address private constant AUTHOR = address(0xA0);
    address private constant MEDIATOR = address(0x3ED);
    bytes32 private constant MODULE = keccak256("module");
    uint256 private constant FUNDS = 1e30;

    string private json;
    uint256 private index;
    address private creator;

    function test_payouts() public {
        creator = vm.addr(CREATOR_KEY);
        json = vm.readFile("../test/vectors/payouts.json");
        for (index = 0; vm.keyExistsJson(json, _at("")); ++index) {
            uint256 snapshot = vm.snapshotState();
            _replay();
            uint256 done = index;
            vm.revertToState(snapshot);
            index = done;
        }
        eq(index, 47, "cases");
    }

    // --- as the Court and the registry

    function longestDispute(uint32) external pure returns (uint256) {
        return 0;
    }

    function params() external pure returns (ICourt.CourtParams memory p) {
        p.cooldown = 1;
    }

    function open(bytes32, uint8) external {}

    function termsOf(bytes32) external view returns (address, uint16, bool) {
        return (AUTHOR, uint16(_money("authorBps")), vm.parseJsonBool(json, _at(".money.isPublicGood")));
    }

    function _replay() private {
        Market market = new Market(
            IMarket.MarketParams(
                address(this), address(this), POOL, uint16(_money("feeBps")), 1 days, 1 days, 0, address(0), 0
            )
        );
        vm.deal(address(this), 4 * FUNDS);
        market.depositFor{value: FUNDS}(creator);
        market.depositFor{value: FUNDS}(PROVIDER);
        market.depositFor{value: FUNDS}(CHALLENGER);
        Deal memory deal = _deal();
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(CREATOR_KEY, market.hashDeal(deal));
        vm.prank(PROVIDER);
        market.commit(deal, abi.encodePacked(r, s, v));
        _end(market, deal, vm.parseJsonString(json, _at(".ending.kind")));
        _expectCredits(market, deal);
    }

    function _end(Market market, Deal memory deal, string memory kind) private {
        bytes32 hash = keccak256(bytes(kind));
        if (hash == keccak256("accepted")) {
            vm.prank(creator);
            market.accept(deal, Result(0, 0, uint64(_ending("used"))));
        } else if (hash == keccak256("timed-out")) {
            vm.warp(block.timestamp + deal.runTime + 1);
            market.timeout(deal);
        } else if (hash == keccak256("cancelled")) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(CREATOR_KEY, _cancellation(market, deal));
            vm.prank(PROVIDER);
            market.cancel(deal, abi.encodePacked(r, s, v), "");
        } else {
            vm.prank(PROVIDER);
            market.submit(deal, keccak256("blinded"));
            if (hash == keccak256("unchallenged")) {
                vm.warp(block.timestamp + 2 * uint256(deal.window) + 1);
                market.settle(deal);
            } else {
                _rule(market, deal);
            }
        }
    }

    function _rule(Market market, Deal memory deal) private {
        vm.prank(CHALLENGER);
        market.challenge(deal);
        market.lockDeposit(deal, creator, _ending("creatorDeposit"));
        market.lockDeposit(deal, PROVIDER, _ending("providerDeposit"));
        address[] memory voters = new address[](_ending("voters"));
        for (uint256 i = 0; i < voters.length; ++i) {
            voters[i] = MEDIATOR;
        }
        market.resolve(
            deal,
            Ruling(
                _verdict(), 0, uint64(_ending("used")), voters, _ending("creatorDeposit"), _ending("providerDeposit")
            )
        );
    }

    /// @dev A credit is what an account has now, less what it had, plus what it had put in.
    function _expectCredits(Market market, Deal memory deal) private {
        uint256 price = uint256(deal.price) * deal.jobs;
        uint256 collateral = uint256(deal.collateral) * deal.jobs;
        uint256 budget = market.challengerOf(market.hashDeal(deal)) == address(0) ? 0 : _budget(deal);
        uint256 creatorIn = price + _ending("creatorDeposit");
        uint256 providerIn = collateral + _ending("providerDeposit");
        _expectCredit(market, creator, creatorIn, "creator");
        _expectCredit(market, PROVIDER, providerIn, "provider");
        _expectCredit(market, CHALLENGER, budget, "challenger");
        eq(market.balanceOf(address(0), POOL), _credit("pool"), _what("pool"));
        _expectOutcome(market, deal);
        eq(market.balanceOf(address(0), AUTHOR), _credit("author"), _what("author"));
        eq(market.balanceOf(address(0), MEDIATOR), _credit("mediators"), _what("mediators"));
    }

    /// @dev The Market's word of an ended deal tells contracts what became of it.
    function _expectOutcome(Market market, Deal memory deal) private view {
        bool isAccepted = keccak256(bytes(vm.parseJsonString(json, _at(".ending.kind")))) == keccak256("accepted");
        bytes32 digest = isAccepted ? keccak256(abi.encode(bytes32(0), uint8(0), uint64(_ending("used")))) : bytes32(0);
        (,, bytes26 found) = market.stateOf(market.hashDeal(deal));
        eq(found, bytes26(keccak256(abi.encode(digest, _credit("creator")))), _what("outcome"));
    }

    function _expectCredit(Market market, address account, uint256 putIn, string memory who) private view {
        eq(market.balanceOf(address(0), account), FUNDS - putIn + _credit(who), _what(who));
    }

    function _budget(Deal memory deal) private pure returns (uint256) {
        return (deal.rounds == 2 ? 10 : 0) * uint256(deal.seatFee); // all cases have 3 + 7 seats
    }

    function _cancellation(Market market, Deal memory deal) private view returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(keccak256("Cancel(bytes32 deal)"), market.hashDeal(deal)));
        return keccak256(abi.encodePacked(hex"1901", market.domainSeparator(), structHash));
    }

    function _verdict() private view returns (Verdict) {
        bytes32 hash = keccak256(bytes(vm.parseJsonString(json, _at(".ending.verdict"))));
        if (hash == keccak256("correct")) return Verdict.Correct;
        if (hash == keccak256("wrong")) return Verdict.Wrong;
        return hash == keccak256("unverifiable") ? Verdict.Unverifiable : Verdict.NoVerdict;
    }

    function _deal() private view returns (Deal memory deal) {
        (deal.creator, deal.provider, deal.module) = (creator, PROVIDER, MODULE);
        (deal.price, deal.unitPrice) = (uint96(_money("price")), uint96(_money("unitPrice")));
        (deal.collateral, deal.seatFee) = (uint96(_money("collateral")), uint96(_money("seatFee")));
        (deal.jobs, deal.seats) = (uint32(_money("jobs")), uint8(_money("seats")));
        (deal.rounds, deal.runTime, deal.window) = (uint8(_money("rounds")), 100, 100);
        deal.validUntil = 2 ** 53 - 1;
    }

    function _money(string memory key) private view returns (uint256) {
        return vm.parseJsonUint(json, _at(string.concat(".money.", key)));
    }

    function _ending(string memory key) private view returns (uint256) {
        return vm.parseJsonUint(json, _at(string.concat(".ending.", key)));
    }

    function _credit(string memory key) private view returns (uint256) {
        return vm.parseJsonUint(json, _at(string.concat(".credits.", key)));
    }

    function _what(string memory who) private view returns (string memory) {
        return string.concat(vm.parseJsonString(json, _at(".what")), ": ", who);
    }

    function _at(string memory key) private view returns (string memory) {
        return string.concat(".cases[", vm.toString(index), "]", key);
    }
}
