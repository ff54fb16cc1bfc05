// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Court} from "../src/Court.sol";
import {Market} from "../src/Market.sol";
import {VerificationPool} from "../src/VerificationPool.sol";
import {IMarket} from "../src/interfaces/IMarket.sol";
import {IVerificationPool} from "../src/interfaces/IVerificationPool.sol";
import {Deal, DealStatus, Verdict} from "../src/interfaces/Types.sol";
import {MarketBase} from "./support/MarketBase.sol";

/// @notice Audits by lottery: who is drawn, who pays, and that nobody can live off them.
contract VerificationPoolTest is MarketBase {
    event Armed(bytes32 indexed id, uint64 seedRound);
    event Audited(bytes32 indexed id, address indexed caller, uint256 bounty);

    uint256 private constant F = 0.0001 ether;

    VerificationPool private pool;
    Deal private deal;
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        // A deployment whose pool is the contract: both new, since Market and Court name each other.
        uint256 nonce = vm.getNonce(address(this));
        address marketAt = vm.computeCreateAddress(address(this), nonce + 2);
        pool = VerificationPool(vm.deployCode("VerificationPool.sol:VerificationPool", abi.encode(marketAt, beacon)));
        bytes memory courtArgs = abi.encode(marketAt, beacon, _courtParams());
        court = Court(vm.deployCode("Court.sol:Court", courtArgs));
        IMarket.MarketParams memory p = _marketParams(address(court));
        p.pool = address(pool);
        market = Market(payable(vm.deployCode("Market.sol:Market", abi.encode(p))));
        ok(address(market) == marketAt, "market is where the pool expects it");
        _fund(creator);
        _fund(provider);
        _fund(address(pool));
        deal = _terms();
        (deal.seatFee, deal.auditBps) = (uint96(F), 2_000);
        id = market.hashDeal(deal);
        _seat(5);
    }

    function test_audit_challengesADealThatTheLotteryHits() public {
        _armed();
        beacon.give(_seed(true));
        address caller = address(0xCA11);
        vm.expectEmit();
        emit Audited(id, caller, F);
        vm.prank(caller);
        pool.audit(deal);
        _expectStatus(id, DealStatus.Disputed);
        eq(market.challengerOf(id), address(pool), "the pool pays");
        eq(_free(address(pool)), FUNDS - 11 * F, "budget and bounty");
        eq(_free(caller), F, "bounty");
        _draw(deal);
        _runRound(deal, _all(3, _digest(_result())), _result());
        court.finalise(deal);
        _expectVerdict(id, Verdict.Correct);
        eq(_free(address(pool)), FUNDS - 4 * F + 0.01 ether, "three seats and the bounty, less than the fee");
        eq(_free(creator), FUNDS - 1 ether, "the creator paid the price only");
    }

    function test_audit_onlyOnce() public {
        _armed();
        beacon.give(_seed(true));
        pool.audit(deal);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealUnexpectedStatus.selector, id, DealStatus.Disputed, 1 << 2));
        pool.audit(deal);
    }

    function test_audit_refusesADealThatTheLotteryMisses() public {
        _armed();
        beacon.give(_seed(false));
        vm.expectPartialRevert(IVerificationPool.AuditMissed.selector);
        pool.audit(deal);
    }

    function test_audit_needsTheSeed() public {
        vm.expectRevert(abi.encodeWithSelector(IVerificationPool.AuditNotArmed.selector, id));
        pool.audit(deal);
        _armed();
        vm.expectRevert(abi.encodeWithSelector(IVerificationPool.AuditSeedUnknown.selector, id, 1));
        pool.audit(deal);
    }

    function test_audit_notAfterTheWindow() public {
        _armed();
        beacon.give(_seed(true));
        vm.warp(block.timestamp + deal.window + 1);
        vm.expectPartialRevert(IMarket.DealTooLate.selector);
        pool.audit(deal);
    }

    function test_arm_onlyASubmittedDealAndOnlyOnce() public {
        _commit(deal);
        vm.expectRevert(abi.encodeWithSelector(IVerificationPool.AuditNotSubmitted.selector, id));
        pool.arm(deal);
        _submit(deal, _result());
        vm.expectEmit();
        emit Armed(id, 1);
        pool.arm(deal);
        eq(pool.seedRoundOf(id), 1, "round");
        vm.expectRevert(abi.encodeWithSelector(IVerificationPool.AuditArmedAlready.selector, id, 1));
        pool.arm(deal);
    }

    function test_audit_refusesDealsThatCostMoreThanTheyPay() public {
        deal.seatFee = 0.01 ether; // 11 seats at odds of a fifth are 0.022, the fee is 0.01
        _expectTooDear(0.022 ether, 0.01 ether);
    }

    function test_audit_refusesDealsWhoseFeeIsNotCertain() public {
        deal.unitPrice = 1;
        _expectTooDear(11 * F / 5, 0);
    }

    function test_audit_refusesPublicGoods() public {
        bytes32 module = keccak256("module");
        registry.publish("cowsay", "1", module, 0);
        vm.prank(STEWARD);
        registry.curate(module, true);
        deal.module = module;
        _expectTooDear(11 * F / 5, 0);
    }

    function testFuzz_isHit_keepsTheOdds(bytes32 seed, uint16 auditBps) public view {
        auditBps = uint16(bound(auditBps, 0, 10_000));
        uint256 hits;
        for (uint256 i = 0; i < 300; ++i) {
            if (pool.isHit(bytes32(i), seed, auditBps)) ++hits;
        }
        if (auditBps == 0) eq(hits, 0, "never");
        if (auditBps == 10_000) eq(hits, 300, "always");
        ok(hits * 10_000 <= 300 * uint256(auditBps) + 300 * 1_500, "not far more often than asked for");
    }

    function _expectTooDear(uint256 cost, uint256 fee) private {
        id = market.hashDeal(deal);
        _armed();
        beacon.give(_seed(true));
        vm.expectRevert(abi.encodeWithSelector(IVerificationPool.AuditTooDear.selector, id, cost, fee));
        pool.audit(deal);
    }

    function _armed() private {
        _commit(deal);
        _submit(deal, _result());
        pool.arm(deal);
    }

    /// @dev A seed that hits the deal, or one that misses it.
    function _seed(bool isHit) private view returns (bytes32 seed) {
        for (uint256 i = 1;; ++i) {
            seed = keccak256(abi.encode(i));
            if (pool.isHit(id, seed, deal.auditBps) == isHit) return seed;
        }
    }
}
