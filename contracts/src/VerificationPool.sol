// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IMarket} from "./interfaces/IMarket.sol";
import {IModuleRegistry} from "./interfaces/IModuleRegistry.sol";
import {IRandomnessBeacon} from "./interfaces/IRandomnessBeacon.sol";
import {IVerificationPool} from "./interfaces/IVerificationPool.sol";
import {Deal, DealStatus} from "./interfaces/Types.sol";
import {DealLib} from "./libraries/DealLib.sol";
import {Payouts} from "./libraries/Payouts.sol";

/// @title VerificationPool
/// @dev Its money is its balance in the Market's ledger.
contract VerificationPool is IVerificationPool {
    using DealLib for Deal;

    IMarket private immutable MARKET;
    IRandomnessBeacon private immutable BEACON;
    bytes32 private immutable MARKET_DOMAIN;

    mapping(bytes32 id => uint64) private _seedRounds;

    /// @param market whose pool this is; need not exist yet
    constructor(IMarket market, IRandomnessBeacon beacon) {
        MARKET = market;
        BEACON = beacon;
        MARKET_DOMAIN = DealLib.domain(address(market));
    }

    /// @inheritdoc IVerificationPool
    function arm(Deal calldata deal) external returns (uint64 seedRound) {
        bytes32 id = deal.id(MARKET_DOMAIN);
        if (_seedRounds[id] != 0) revert AuditArmedAlready(id, _seedRounds[id]);
        (DealStatus status,,) = MARKET.stateOf(id);
        if (status != DealStatus.Submitted) revert AuditNotSubmitted(id);
        seedRound = BEACON.nextRound();
        _seedRounds[id] = seedRound;
        emit Armed(id, seedRound);
    }

    /// @inheritdoc IVerificationPool
    function audit(Deal calldata deal) external {
        bytes32 id = deal.id(MARKET_DOMAIN);
        uint64 seedRound = _seedRounds[id];
        if (seedRound == 0) revert AuditNotArmed(id);
        bytes32 seed = BEACON.seedOf(seedRound);
        if (seed == bytes32(0)) revert AuditSeedUnknown(id, seedRound);
        uint256 drawn = _drawn(id, seed);
        if (drawn >= deal.auditBps) revert AuditMissed(id, drawn, deal.auditBps);
        _expectWorth(deal, id);
        emit Audited(id, msg.sender, deal.seatFee);
        MARKET.challenge(deal); // once: the deal leaves Submitted
        MARKET.transfer(deal.token, msg.sender, deal.seatFee);
    }

    /// @inheritdoc IVerificationPool
    function seedRoundOf(bytes32 id) external view returns (uint64) {
        return _seedRounds[id];
    }

    /// @inheritdoc IVerificationPool
    function isHit(bytes32 id, bytes32 seed, uint16 auditBps) external pure returns (bool) {
        return _drawn(id, seed) < auditBps;
    }

    /// @dev The fee is certain for flat prices of modules that pay it only.
    function _expectWorth(Deal calldata deal, bytes32 id) private view {
        uint256 fee = deal.unitPrice == 0 ? deal.totalPrice() * _feeBps(deal.module) / Payouts.BPS : 0;
        uint256 expectedCost = (deal.budget() + deal.seatFee) * deal.auditBps / Payouts.BPS;
        if (expectedCost > fee) revert AuditTooDear(id, expectedCost, fee);
    }

    function _feeBps(bytes32 module) private view returns (uint256) {
        IMarket.MarketParams memory p = MARKET.params();
        if (module == bytes32(0) || p.registry == address(0)) return p.feeBps;
        (,, bool isPublicGood) = IModuleRegistry(p.registry).termsOf(module);
        return isPublicGood ? 0 : p.feeBps;
    }

    function _drawn(bytes32 id, bytes32 seed) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, id))) % Payouts.BPS;
    }
}
